"""mmengine's local files are written whole, and its drawings are not lost in silence."""

import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.fileio import LocalBackend, dump
from mmengine.visualization import LocalVisBackend

from hrnet_mm.compat.local_files import REPAIRS
from hrnet_mm.post_import import Patch, outcomes

IMAGE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


@pytest.mark.parametrize(
    ("put", "content"), [("put", b"\x00new"), ("put_text", "new\nä")], ids=["bytes", "text"]
)
def test_a_file_is_replaced_at_the_end(put: str, content: bytes | str, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    for what in (content[:1], content):
        getattr(LocalBackend(), put)(what, path)
        assert path.read_bytes() == (what if isinstance(what, bytes) else what.encode())
    assert list(path.parent.iterdir()) == [path]


def test_an_error_names_the_file_and_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    dump([1], path)
    with pytest.raises(UnicodeEncodeError):
        LocalBackend().put_text("ä", path, encoding="ascii")
    assert path.read_text() == "[1]"
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=str(tmp_path / "file")):
        dump([1], tmp_path / "file" / "results.json")


def test_drawings_are_those_that_were_given(tmp_path: Path) -> None:
    backend = LocalVisBackend(str(tmp_path))
    for name in ("plain", "folder/of"):
        backend.add_image(name, IMAGE, step=3)
        read = cv2.imread(str(tmp_path / f"vis_image/{name}_3.png"))
        assert read is not None
        assert (read[..., ::-1] == IMAGE).all()


def test_a_drawing_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "vis_image").touch()
    with pytest.raises(OSError, match="vis_image"):
        LocalVisBackend(str(tmp_path)).add_image("drawing", IMAGE)


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.waits_for)
def test_stock_mmengine_needs_it_once(repair: Patch) -> None:
    assert outcomes[repair.title] == "repaired"
    assert not repair.is_needed(importlib.import_module(repair.waits_for))
