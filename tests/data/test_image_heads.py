"""Heads of images are read whatever Pillow's limit, which stays for all else."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from hrnet_mm.data.image_heads import image_head


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)


def test_the_limit_is_as_before_after_many_threads(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (12, 8)).save(path)

    def size(_: int) -> tuple[int, int]:
        with image_head(path) as image:
            return image.size

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(size, range(200))} == {(12, 8)}
    assert Image.MAX_IMAGE_PIXELS == 10


def test_the_limit_is_as_before_after_a_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=re.escape("a.png")), image_head(tmp_path / "a.png"):
        pass
    assert Image.MAX_IMAGE_PIXELS == 10
