"""Images with a class each, in folders and in lists."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hrnet_mm.data.surveys.image_folder import survey_classes
from hrnet_mm.data.surveys.survey import Request, Survey
from hrnet_mm.errors import UserError


def write(folder: Path, *, count: int = 5) -> None:
    for label in ("bee", "ant"):
        (folder / label).mkdir(parents=True)
        for i in range(count):
            Image.new("RGB", (8, 6)).save(folder / label / f"{i}.png")


def lines(found: Survey, part: str) -> list[str]:
    (path,) = [path for path in found.files if path.name == f"mine_{part}.txt"]
    found.files[path](path)
    return path.read_text().splitlines()


def survey(data: Path, **options: Any) -> Survey:
    return survey_classes(Request(data=data, **options))


def test_a_folder_is_split_within_each_class(tmp_path: Path) -> None:
    write(tmp_path / "all")
    found = survey(tmp_path / "all")
    assert found.classes == ["ant", "bee"]
    assert found.shares == ["5", "5"]
    val = lines(found, "val")
    assert [line.split("/")[0] for line in val] == ["ant", "bee"]
    assert [line.split()[1] for line in val] == ["0", "1"]
    assert len(lines(found, "train")) == 8


@pytest.mark.parametrize("name", ["val", "test"])
def test_folders_train_and_val_are_the_split(name: str, tmp_path: Path) -> None:
    write(tmp_path / "all/train")
    write(tmp_path / f"all/{name}", count=1)
    assert lines(survey(tmp_path / "all"), "val") == [f"{name}/ant/0.png 0", f"{name}/bee/0.png 1"]


@pytest.mark.parametrize(
    ("text", "classes", "expected"),
    [
        ("bee/0.png 1\nant/0.png 0\nant/1.png 0\nbee/1.png 1\n", (), ["0", "1"]),
        ("bee/0.png 1\nant/0.png 0\nant/1.png 0\nbee/1.png 1\n", ("ant", "bee"), ["ant", "bee"]),
        (
            "file,label\nbee/0.png,bee\nant/0.png,ant\nant/1.png,ant\nbee/1.png,bee\n",
            (),
            ["ant", "bee"],
        ),
    ],
)
def test_lists_have_numbers_or_names(
    text: str, classes: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    write(tmp_path / "images")
    (tmp_path / "list.txt").write_text(text)
    found = survey(tmp_path / "list.txt", images=tmp_path / "images", classes=classes)
    assert found.classes == expected
    assert sorted(lines(found, "train") + lines(found, "val")) == [
        "ant/0.png 0",
        "ant/1.png 0",
        "bee/0.png 1",
        "bee/1.png 1",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("bee/0.png 1\nlost.png 0\n", "list.txt, line 2: there is no image .*lost.png"),
        ("bee/0.png 1\nant/0.png\n", "list.txt, line 2: .* has no file name and class"),
        ("bee/0.png 1\nbee/1.png 1\n", None),
        ("", "lists no image"),
    ],
)
def test_faults_of_a_list_name_the_line(text: str, fault: str | None, tmp_path: Path) -> None:
    write(tmp_path / "images")
    (tmp_path / "list.txt").write_text(text)
    if fault is None:
        assert survey(tmp_path / "list.txt", images=tmp_path / "images").classes == ["0", "1"]
        return
    with pytest.raises(UserError, match=fault):
        survey(tmp_path / "list.txt", images=tmp_path / "images")


def test_one_class_is_no_choice(tmp_path: Path) -> None:
    write(tmp_path / "all")
    (tmp_path / "all/bee").rename(tmp_path / "bee")
    with pytest.raises(UserError, match="only the class 'ant'"):
        survey(tmp_path / "all")
