"""Images of every kind are read or taken as BGR, or refused by name."""

from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from hrnet_mm.apis.images import ImageReader
from hrnet_mm.deploy.images import as_bgr
from hrnet_mm.errors import UserError

RANDOM = np.random.default_rng(0)
COLOR = RANDOM.integers(0, 255, (12, 9, 3), dtype=np.uint8)
TURNED = Image.Exif()
TURNED[0x0112] = 6  # the orientation of a camera held upright

FILES: dict[str, Any] = {
    "color.png": Image.fromarray(COLOR),
    "grey.png": Image.fromarray(COLOR[..., 0]),
    "grey_alpha.png": Image.fromarray(COLOR[..., :2], "LA"),
    "rgba.png": Image.fromarray(np.dstack([COLOR, COLOR[..., :1]])),
    "palette.png": Image.fromarray(COLOR).quantize(),
    "bilevel.png": Image.fromarray(COLOR[..., 0]).convert("1"),
    "cmyk.jpg": Image.fromarray(COLOR).convert("CMYK"),
    "16bit.png": Image.fromarray(COLOR[..., 0].astype(np.uint16) * 256),
    "one.png": Image.fromarray(COLOR[:1, :1]),
    "long.png": Image.fromarray(np.tile(COLOR[:1], (1, 556, 1))),
    "image.webp": Image.fromarray(COLOR),
    "image.tiff": Image.fromarray(COLOR),
    "-dash.jpg": Image.fromarray(COLOR),
    "two words, Bäume.jpg": Image.fromarray(COLOR),
    "no_suffix": Image.fromarray(COLOR),
}


@pytest.mark.parametrize("flag", ["color", "grayscale", "unchanged"])
@pytest.mark.parametrize("name", FILES)
def test_files_are_read_as_mmcv_reads_them(name: str, flag: str, tmp_path: Path) -> None:
    path = tmp_path / name
    FILES[name].save(path, None if path.suffix else "png")
    image = ImageReader(flag=flag).read(path)
    wanted: Any = LoadImageFromFile(color_type=flag)({"img_path": str(path)})
    assert np.array_equal(image, wanted["img"])
    if flag == "color":
        assert image.dtype == np.uint8
        assert image.shape == (*FILES[name].size[::-1], 3)


@pytest.mark.parametrize(("flag", "is_turned"), [("color", True), ("unchanged", False)])
def test_a_turned_photo_is_upright_where_the_config_reads_it_so(
    flag: str, is_turned: bool, tmp_path: Path
) -> None:
    path = tmp_path / "turned.jpg"
    Image.fromarray(COLOR).save(path, exif=TURNED)
    assert ImageReader(flag=flag).read(path).shape == ((9, 12, 3) if is_turned else (12, 9, 3))


@pytest.mark.parametrize("backend", ["cv2", "pillow"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is truncated, damaged or not an image; get it again or leave it out"),
        (b"no image", "is truncated, damaged or not an image; get it again or leave it out"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_image_is_named(
    content: bytes | None, reason: str, backend: str, tmp_path: Path
) -> None:
    path = tmp_path / "image.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        ImageReader(backend=backend).read(path)
    assert str(caught.value) == f"the image {path} {reason}"


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        ImageReader().read(tmp_path)


def test_truncated_files_and_other_numbers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    Image.fromarray(COLOR).save(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UserError, match="truncated"):
        ImageReader().read(path)
    path = tmp_path / "image.tiff"
    cv2.imwrite(str(path), np.ones((8, 9), dtype=np.float32))
    with pytest.raises(UserError, match=r"image.tiff holds float32 of shape \(8, 9\)"):
        ImageReader().read(path)


@pytest.mark.parametrize("backend", ["cv2", "pillow"])
def test_too_many_pixels_are_named(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(COLOR).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    if backend == "cv2":  # its limit is read from the environment when it is loaded
        monkeypatch.setattr(mmcv, "imfrombytes", lambda *_, **__: cv2.resize(COLOR, (-1, 0)))
    with pytest.raises(UserError, match=r"the image .*image.png cannot be read: ") as caught:
        ImageReader(backend=backend).read(path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["color.png", "grey.png", "rgba.png"])
@pytest.mark.parametrize("flag", ["color", "grayscale", "unchanged"])
def test_a_file_and_its_array_give_the_same_image(name: str, flag: str, tmp_path: Path) -> None:
    path = tmp_path / name
    FILES[name].save(path)
    array: Any = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    reader = ImageReader(flag=flag)
    wanted, image = reader.read(path), reader.take(array)
    assert image.shape == wanted.shape
    # The decoder's formula of grey is not that of the conversion.
    assert np.abs(image.astype(int) - wanted).max() <= (1 if flag == "grayscale" else 0)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4)])
def test_arrays_become_bgr(shape: tuple[int, ...]) -> None:
    array = RANDOM.integers(0, 255, shape, dtype=np.uint8)
    image = as_bgr(array)
    assert np.array_equal(image, np.broadcast_to(array.reshape(4, 5, -1)[..., :3], (4, 5, 3)))
    assert np.array_equal(as_bgr(array[:, ::-1]), image[:, ::-1])
    assert as_bgr(array[:, ::-1]).flags.c_contiguous


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((4, 5, 3), "float32"),
        ((4, 5), "uint16"),
        ((4, 5, 3), "bool"),
        ((4, 5, 2), "uint8"),
        ((1, 4, 5, 3), "uint8"),
        ((3, 4, 5), "uint8"),
        ((4,), "uint8"),
        ((0, 5, 3), "uint8"),
    ],
)
def test_other_arrays_are_refused_by_type_and_shape(shape: tuple[int, ...], dtype: str) -> None:
    with pytest.raises(UserError) as caught:
        as_bgr(np.zeros(shape, dtype))
    assert str(caught.value).startswith(f"an array of {dtype} of shape {shape} is not taken as")
