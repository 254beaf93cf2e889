"""Files are written whole or not at all, and an error names the file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hrnet_mm.apis.outputs import growing_file, write_jpeg, write_whole
from hrnet_mm.errors import UserError

FULL = Path("/dev/full")


def test_text_and_bytes(tmp_path: Path) -> None:
    for content in ("ä\udcff\n", "ä\udcff\n".encode(errors="surrogateescape")):
        write_whole(tmp_path / "new" / "a", content)
        assert (tmp_path / "new" / "a").read_bytes() == b"\xc3\xa4\xff\n"


def test_an_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "a.json"
    for write in (lambda: write_whole(path, "a"), growing_file(path).__enter__):
        with pytest.raises(UserError) as caught:
            write()
        assert str(caught.value).startswith(f"cannot write {path}: ")


def test_a_drawing(tmp_path: Path) -> None:
    image = np.full((8, 9, 3), (10, 100, 200), dtype=np.uint8)
    write_jpeg(tmp_path / "Bäume 1.jpg", image)
    read = cv2.imread(str(tmp_path / "Bäume 1.jpg"))
    assert read is not None
    assert np.abs(read.astype(int) - image).max() < 8


def test_a_drawing_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    with pytest.raises(UserError, match=f"cannot write {path}: ") as caught:
        write_jpeg(path, np.zeros((70000, 1, 3), dtype=np.uint8))
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_growing_file_has_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path, unfinished = tmp_path / "a.b.jsonl", tmp_path / "a.b.jsonl.part"
    with growing_file(path) as add:
        for i in range(3):
            add("ä\n")
            assert unfinished.read_text() == "ä\n" * (i + 1)
        assert not path.exists()
    assert path.read_text() == "ä\n" * 3
    assert not unfinished.exists()


def test_an_error_leaves_what_is_complete_so_far(tmp_path: Path) -> None:
    def interrupt() -> None:
        with growing_file(tmp_path / "a.jsonl") as add:
            add("first\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl.part"]


def test_a_full_disk_leaves_no_file(tmp_path: Path, file_limit: None) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(UserError, match=f"^cannot write {path}: File too large"):
        write_whole(path, bytes(100_000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    (tmp_path / "a.jsonl.part").symlink_to(FULL)

    def fill() -> None:
        with growing_file(path) as add:
            add("text")

    with pytest.raises(UserError) as caught:
        fill()
    assert str(caught.value) == f"cannot write {path}: No space left on device"
    assert not path.exists()
