"""Inputs stand for images, videos and webcams; what stands for nothing is named."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hrnet_mm.apis.frames import Failure
from hrnet_mm.apis.sources import ImageFile, VideoFile, Webcam, find_sources
from hrnet_mm.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _touch(*paths: str) -> None:
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _names(*inputs: str, exclude: Sequence[Path] = ()) -> list[str]:
    return [source.name for source in find_sources(inputs, exclude=exclude).sources]


def test_a_folder_of_everything() -> None:
    _touch("data/b.JPG", "data/a.png", "data/sub/two words.webp", "data/sub/ä.tif", "data/-x.jpg")
    _touch("data/film.mp4", "data/notes.txt", "data/sub/labels.json", "data/no_suffix")
    _touch("data/.hidden.jpg", "data/.hidden/a.jpg")
    found = find_sources(["data"])
    assert [source.name for source in found.sources] == [
        *("-x", "a", "b", "film", "sub/two words", "sub/ä"),
    ]
    kinds = [type(source) for source in found.sources]
    assert kinds == [ImageFile] * 3 + [VideoFile] + [ImageFile] * 2
    assert {path.name for path in found.ignored} == {"notes.txt", "labels.json", "no_suffix"}
    assert not found.failures


def test_single_files_are_taken_whatever_their_suffix() -> None:
    _touch("data/a.scan", "data/.b.jpg", "-c.jpg", "data/d.MOV")
    found = find_sources(["data/a.scan", "data/.b.jpg", "-c.jpg", "data/d.MOV"])
    assert [source.name for source in found.sources] == ["a", ".b", "-c", "d"]
    assert [type(source) for source in found.sources] == [ImageFile] * 3 + [VideoFile]


def test_what_predictions_are_written_to_is_left_out() -> None:
    _touch("data/a.jpg", "data/out/vis/a.jpg", "data/out/b.jpg")
    exclude = [Path("data/out/vis")]
    assert _names("data", exclude=exclude) == ["a", "out/b"]
    assert _names("data/**/*.jpg", exclude=exclude) == ["a", "b"]
    assert _names("data", exclude=[Path("data/out").absolute()]) == ["a"]
    assert _names("data/../data", exclude=[Path("data/out")]) == ["a"]


def test_patterns_are_expanded() -> None:
    _touch("data/a.jpg", "data/b.png", "data/sub/c.jpg", "data/sub/notes.txt")
    assert _names("data/*.jpg") == ["a"]
    assert _names("data/**/*.jpg") == ["a", "c"]
    assert _names("data/**") == ["a", "b", "sub/c"]  # a folder, and again what is in it
    assert _names("da*") == ["a", "b", "sub/c"]


def test_an_existing_name_is_no_pattern() -> None:
    _touch("a[1].jpg", "a1.jpg")
    assert _names("a[1].jpg") == ["a[1]"]


@pytest.mark.parametrize(
    ("paths", "inputs", "names"),
    [
        (["d/a.jpg", "d/a.png", "d/b.jpg"], ["d"], ["a.jpg", "a.png", "b"]),
        (["d/a.jpg", "d/a.mp4"], ["d"], ["a.jpg", "a.mp4"]),
        (["l/7.jpg", "r/7.jpg"], ["l", "r"], ["l/7.jpg", "r/7.jpg"]),
        (["l/s/7.jpg", "r/s/7.jpg"], ["l/s/7.jpg", "r/s/7.jpg"], ["l/s/7.jpg", "r/s/7.jpg"]),
        (["a.jpg"], ["a.jpg", "./a.jpg", "../{}/a.jpg"], ["a"]),
        (["d/a.b.jpg", "d/a.jpg"], ["d"], ["a.b", "a"]),
        (["d/...jpg", "d/..jpg"], ["d/...jpg", "d/..jpg"], ["...jpg", "..jpg"]),
        (["sub/a.jpg", "x/a.jpg", "d/x/a.jpg"], ["sub/a.jpg", "d"], ["a", "x/a"]),
        (["7.jpg", "s/7.jpg"], ["7.jpg", "s/7.jpg"], ["{}/7.jpg", "s/7.jpg"]),
        # One that keeps its suffix would have the name of another.
        (["d/a.jpg", "d/a.png", "d/a.jpg.png"], ["d"], ["d/a.jpg", "d/a.jpg.png", "a.png"]),
    ],
)
def test_all_names_differ_and_stay(
    paths: list[str], inputs: list[str], names: list[str], folder: Path
) -> None:
    _touch(*paths)
    inputs = [text.format(folder.name) for text in inputs]
    assert _names(*inputs) == [name.format(folder.name) for name in names]


def test_names_never_lead_upwards(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch("a/7.jpg", "b/7.jpg", "c/here/x")
    monkeypatch.chdir("c/here")
    assert _names("../../a", "../../b/7.jpg") == ["a/7.jpg", "b/7.jpg"]
    assert _names(str(folder / "a")) == ["7"]


def test_a_name_that_grows_to_another_one() -> None:
    """The short name of the third is the long one of the first."""
    _touch("x/s/a.jpg", "y/a.jpg", "d/s/a.jpg.png")
    names = _names("x/s/a.jpg", "y/a.jpg", "d")
    assert len(set(names)) == 3


def test_linked_folders_are_followed_once() -> None:
    _touch("elsewhere/a.jpg")
    Path("data").mkdir()
    os.symlink("../elsewhere", "data/link")
    os.symlink("..", "data/up")
    assert "link/a" in _names("data")
    assert len(_names("data")) == 1  # `up/elsewhere` is the same folder


def test_an_input_that_stands_for_nothing_does_not_stop_the_others() -> None:
    _touch("a.jpg", "data/notes.txt")
    Path("empty").mkdir()
    inputs = ["a.jpg", "nowhere.jpg", "empty", "data", "*.png", "webcam:left"]
    found = find_sources(inputs)
    assert found.sources == [ImageFile(path=Path("a.jpg"), name="a")]
    assert found.failures == [
        Failure(source="nowhere.jpg", reason="there is no such file or folder"),
        Failure(source="empty", reason="no image or video in this folder"),
        Failure(source="data", reason="no image or video in this folder"),
        Failure(source="*.png", reason="no image or video matches this pattern"),
        Failure(source="webcam:left", reason="give the number of the camera, as in webcam:0"),
    ]
    with pytest.raises(UserError) as caught:
        find_sources(inputs[1:])
    assert str(caught.value).splitlines() == [f"{f.source}: {f.reason}" for f in found.failures]


def test_no_input_at_all() -> None:
    with pytest.raises(UserError, match="no input: give images, videos or folders"):
        find_sources([])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs forbidden folders")
def test_a_forbidden_folder_is_named() -> None:
    _touch("data/a.jpg", "data/secret/b.jpg")
    Path("data/secret").chmod(0)
    found = find_sources(["data"])
    Path("data/secret").chmod(0o755)
    assert [failure.source for failure in found.failures] == ["data/secret"]


def test_webcams() -> None:
    (webcam,) = find_sources(["webcam:1"]).sources
    assert isinstance(webcam, Webcam)
    assert webcam.number == 1
    assert webcam.name.startswith("webcam1_20")
    assert ":" not in webcam.name
