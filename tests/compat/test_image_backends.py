"""What mmcv says of image backends that are not installed."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import mmcv
import numpy as np
import pytest
from mmcv.transforms import LoadAnnotations, LoadImageFromFile

from hrnet_mm.compat.image_backends import REPAIR
from hrnet_mm.post_import import outcomes
from tests.isolated import output_of

IO: Any = sys.modules["mmcv.image.io"]
PACKAGES = {"tifffile": "tifffile", "turbojpeg": "PyTurboJPEG", "pillow": "Pillow"}
NAMES = {"tifffile": "tifffile", "turbojpeg": "TurboJPEG", "pillow": "Image"}


@pytest.fixture
def image(tmp_path: Path) -> str:
    path = str(tmp_path / "image.png")
    cv2.imwrite(path, np.zeros((4, 5, 3), dtype=np.uint8))
    return path


@pytest.fixture(params=PACKAGES)
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backend whose package is not installed, and none is the default."""
    monkeypatch.setattr(IO, NAMES[request.param], None)
    monkeypatch.setattr(IO, "jpeg", None)
    monkeypatch.setattr(IO, "imread_backend", "cv2")
    return request.param


def test_whoever_asks_for_a_missing_backend_is_told_its_package(missing: str, image: str) -> None:
    from mmpose.datasets.transforms import LoadImage

    results: dict[str, Any] = {"img_path": image, "seg_map_path": image, "instances": []}
    options: dict[str, Any] = dict(with_bbox=False, with_label=False, with_seg=True)
    questions = [
        lambda: mmcv.imread(image, backend=missing),
        lambda: mmcv.imfrombytes(b"image", "color", "bgr", missing),
        lambda: mmcv.use_backend(missing),
        lambda: LoadImageFromFile(imdecode_backend=missing)(dict(results)),
        lambda: LoadImage(imdecode_backend=missing)(dict(results)),
        lambda: LoadAnnotations(imdecode_backend=missing, **options)(dict(results)),
    ]
    for ask in questions:
        with pytest.raises(ValueError, match="image backend") as caught:
            ask()
        assert f"the image backend {missing!r} needs the package {PACKAGES[missing]}" in str(
            caught.value
        )
        assert f"pip install {PACKAGES[missing]}" in str(caught.value)
    assert mmcv.imread(image).shape == (4, 5, 3)


def test_the_default_backend_may_be_missing(
    missing: str, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IO, "imread_backend", missing)
    with pytest.raises(ValueError, match=f"pip install {PACKAGES[missing]}"):
        mmcv.imread(image)


def test_an_installed_turbojpeg_is_started_when_it_is_asked_for(
    image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = np.zeros((4, 5, 3), dtype=np.uint8)
    monkeypatch.setattr(
        IO, "TurboJPEG", lambda: SimpleNamespace(decode=lambda *_: whole), raising=True
    )
    monkeypatch.setattr(IO, "jpeg", None)
    assert mmcv.imread(image, backend="turbojpeg") is whole


def test_a_missing_libturbojpeg_is_named(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> None:
        raise RuntimeError("Unable to locate turbojpeg library")

    monkeypatch.setattr(IO, "TurboJPEG", start)
    monkeypatch.setattr(IO, "jpeg", None)
    with pytest.raises(ValueError, match="libturbojpeg") as caught:
        mmcv.imread(image, backend="turbojpeg")
    assert "Unable to locate turbojpeg library" in str(caught.value)


def test_other_backends_are_as_before(image: str) -> None:
    for backend in ("cv2", "pillow", None):
        assert mmcv.imread(image, backend=backend).shape == (4, 5, 3)
    with pytest.raises(ValueError, match="backend: none is not supported"):
        mmcv.imread(image, backend="none")


# Where it is to be repaired


def test_a_decoder_that_tells_is_left_alone(missing: str) -> None:
    assert not REPAIR.is_needed(IO)
    del missing


@pytest.mark.skipif(IO.tifffile is not None and IO.TurboJPEG is not None, reason="all installed")
def test_stock_mmcv_needs_it() -> None:
    assert outcomes[REPAIR.title] == "repaired"


@pytest.mark.parametrize("imports", ["mmcv, hrnet_mm", "hrnet_mm, mmcv", "mmcv.image, hrnet_mm"])
def test_repaired_whatever_is_imported_first(imports: str) -> None:
    code = (
        f"import {imports}\n"
        "import mmcv\n"
        "for module in (mmcv, mmcv.image, mmcv.image.io):\n"
        "    mmcv.image.io.tifffile = None\n"
        "    for name, value in (('imfrombytes', b''), ('use_backend', None)):\n"
        "        try:\n"
        "            module.use_backend('tifffile') if value is None else"
        " module.imfrombytes(b'I', backend='tifffile')\n"
        "        except ValueError as error:\n"
        "            print('pip install tifffile' in str(error))\n"
    )
    assert output_of(code).split() == ["True"] * 6
