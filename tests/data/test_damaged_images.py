"""Damaged images are refused by name in our own runs, and nowhere else."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
import pytest
from mmcv.transforms import BaseTransform, LoadAnnotations, LoadImageFromFile
from PIL import Image, ImageFile

from hrnet_mm.data.damaged_images import damaged_images_refused
from tests.isolated import output_of

SMOOTH = cv2.GaussianBlur(
    np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8), (5, 5), 0
)


@pytest.fixture(autouse=True)
def _in_our_own_run() -> Iterator[None]:
    with damaged_images_refused():
        yield


def _encoded(kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.fromarray(SMOOTH).save(buffer, kind, **options)
    return buffer.getvalue()


IMAGES = {
    "jpg": _encoded("jpeg"),
    "progressive.jpg": _encoded("jpeg", progressive=True),
    # The end marker of a thumbnail is not that of the image.
    "thumbnail.jpg": _encoded("jpeg", comment=_encoded("jpeg", quality=5)),
    "png": _encoded("png"),
}


def _load(path: Path, *, backend: str = "cv2", **options: Any) -> Any:
    load = LoadImageFromFile(imdecode_backend=backend, **options)
    results: Any = load({"img_path": str(path)})
    return None if results is None else results["img"]


def _refusal(path: Path) -> str:
    return f"the image {path} is truncated, damaged or not an image; get it again or leave it out"


@pytest.mark.parametrize("backend", ["cv2", "pillow"])
@pytest.mark.parametrize("name", IMAGES)
def test_truncated_image_is_named(name: str, backend: str, tmp_path: Path) -> None:
    path = tmp_path / name
    whole = IMAGES[name]
    # Pillow needs the pixels only, and in a PNG checksums and an empty chunk come after them.
    least = 25 if (name, backend) == ("png", "pillow") else 1
    for size in [1, 2, 10, *range(30, len(whole) - least, 61), len(whole) - least]:
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="the image") as caught:
            _load(path, backend=backend)
        assert str(caught.value) == _refusal(path), size


ENDS_WITH_THUMBNAIL = IMAGES["thumbnail.jpg"].partition(b"\xff\xd9")[0] + b"\xff\xd9"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"no image\n", _encoded("bmp")[:-100], ENDS_WITH_THUMBNAIL]
)
def test_other_damage_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    path.write_bytes(content)
    for backend in ("cv2", "pillow"):
        with pytest.raises(ValueError, match="the image") as caught:
            _load(path, backend=backend)
        assert str(caught.value) == _refusal(path)


def test_broken_pixels_of_a_png_are_named(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    content = bytearray(IMAGES["png"])
    content[len(content) // 2 : len(content) // 2 + 20] = bytes(20)
    path.write_bytes(content)
    for backend in ("cv2", "pillow"):
        with pytest.raises(ValueError, match="the image") as caught:
            _load(path, backend=backend)
        assert str(caught.value) == _refusal(path)


@pytest.mark.parametrize("trailing", [b"", b"\0", b"\n", bytes(5000), IMAGES["jpg"][:100]])
@pytest.mark.parametrize("name", IMAGES)
def test_whole_image_is_taken(name: str, trailing: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(IMAGES[name] + trailing)
    for backend in ("cv2", "pillow"):
        stock: Any = mmcv.imfrombytes
        wanted = stock.__wrapped__(IMAGES[name], backend=backend)
        assert np.array_equal(_load(path, backend=backend), wanted)


@pytest.mark.parametrize("kind", ["bmp", "tiff", "webp"])
def test_other_formats_are_taken(kind: str) -> None:
    stock: Any = mmcv.imfrombytes
    content = _encoded(kind)
    assert np.array_equal(mmcv.imfrombytes(content), stock.__wrapped__(content))


def test_whole_images_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode_again(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Image, "open", decode_again)
    for content in IMAGES.values():
        assert mmcv.imfrombytes(content).shape == SMOOTH.shape
        assert mmcv.imfrombytes(memoryview(content)).shape == SMOOTH.shape  # type: ignore


def test_label_map_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.png"
    path.write_bytes(IMAGES["png"][:-100])
    results = {"img_path": "image.jpg", "img": SMOOTH, "seg_map_path": str(path), "instances": []}
    for backend in ("cv2", "pillow"):
        load = LoadAnnotations(
            with_bbox=False, with_label=False, with_seg=True, imdecode_backend=backend
        )
        with pytest.raises(ValueError, match="the image") as caught:
            load(results)
        assert str(caught.value) == _refusal(path)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("flag", ["color", "grayscale"])
@pytest.mark.parametrize("toolbox", ["mmcv", "mmpose"])
def test_whole_files_of_other_numbers_are_not_called_damaged(
    toolbox: str, flag: str, dtype: str, channels: int, tmp_path: Path
) -> None:
    from mmpose.datasets.transforms import LoadImage

    path = tmp_path / "image.tiff"
    shape = (8, 9, 3) if channels == 3 else (8, 9)
    cv2.imwrite(str(path), np.ones(shape, dtype=dtype))
    load = {"mmcv": LoadImageFromFile, "mmpose": LoadImage}[toolbox]
    with pytest.raises(ValueError, match="the image") as caught:
        load(color_type=flag)({"img_path": str(path)})
    assert str(caught.value) == (
        f"the image {path} holds {dtype} of shape {shape}, which is not read as an image of "
        "8 bits; save it as uint8 or uint16, or read it with color_type='unchanged'"
    )
    assert _load(path, color_type="unchanged").shape == shape


def test_pillow_names_the_numbers_that_it_does_not_read(tmp_path: Path) -> None:
    path = tmp_path / "image.tiff"
    cv2.imwrite(str(path), np.ones((8, 9, 3), dtype=np.float32))
    with pytest.raises(ValueError, match=r"holds float32 of shape \(8, 9, 3\)"):
        _load(path, backend="pillow")


def test_too_many_pixels_for_pillow_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.jpg"
    path.write_bytes(IMAGES["jpg"] + b"more")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert _load(path).shape == SMOOTH.shape
    with pytest.raises(ValueError, match=r"image\.jpg cannot be read: .*; cut it into tiles"):
        _load(path, backend="pillow")


def test_mmpose_names_it_once(tmp_path: Path) -> None:
    from mmpose.datasets.transforms import LoadImage

    path = tmp_path / "image.jpg"
    path.write_bytes(IMAGES["jpg"][:-100])
    with pytest.raises(ValueError, match="the image") as caught:
        LoadImage()({"img_path": str(path)})
    assert str(caught.value) == _refusal(path)


def test_read_without_a_transform() -> None:
    with pytest.raises(ValueError, match="truncated"):
        mmcv.image.io.imfrombytes(IMAGES["jpg"][:-2])


def test_other_errors_stay(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="backend: none is not supported"):
        mmcv.imfrombytes(IMAGES["jpg"], backend="none")
    with pytest.raises(FileNotFoundError):
        _load(tmp_path / "nowhere.jpg")


def test_images_may_be_ignored_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "image.jpg"
    path.write_bytes(IMAGES["jpg"][:-100])
    assert _load(path, ignore_empty=True) is None
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert _load(path, backend="pillow").shape == SMOOTH.shape


# Where they are refused


def test_mmcv_is_as_before_after_a_run() -> None:
    places = (mmcv, mmcv.image, mmcv.image.io)
    before = [*(place.imfrombytes for place in places), BaseTransform.__call__]
    with damaged_images_refused():
        inside = [*(place.imfrombytes for place in places), BaseTransform.__call__]
    assert not set(inside) & set(before)
    assert [*(place.imfrombytes for place in places), BaseTransform.__call__] == before


def test_other_programs_that_import_the_package_read_as_before() -> None:
    """They take what the decoder makes of it: None, or an image that ends in grey."""
    output_of(
        "import hrnet_mm, mmcv, mmcv.transforms, mmseg.models\n"
        f"mmcv.imfrombytes(bytes.fromhex('{IMAGES['jpg'][:-100].hex()}'))"
    )
