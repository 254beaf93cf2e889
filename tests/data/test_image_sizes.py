"""An image is refused when it does not have the size for which it was annotated."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mmcv
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import ExifTags, Image

from hrnet_mm.data.image_sizes import (
    ImageSizeCheck,
    check_label_size,
    exif_orientation,
    image_size,
    note_image_sizes,
    noted_sizes,
    size_of,
)
from hrnet_mm.errors import UserError

WIDTH, HEIGHT = 12, 8
CHECK = ImageSizeCheck(ann_file="boxes.json")


def photograph(path: Path, *, orientation: int = 1, size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.new("RGB", size).save(path, exif=exif)
    return str(path)


def read(path: str, *, color_type: str = "color", **sample: Any) -> dict[str, Any]:
    loaded: Any = LoadImageFromFile(color_type=color_type)({"img_path": path, **sample})
    assert loaded is not None
    return loaded


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_the_annotated_size_passes_unchanged(ending: str, tmp_path: Path) -> None:
    sample = read(photograph(tmp_path / f"a.{ending}"), width=WIDTH, height=HEIGHT)
    before = dict(sample)
    assert CHECK(sample) is sample
    assert sample == before


@pytest.mark.parametrize(
    "size", [{}, {"width": None, "height": None}, {"width": 0, "height": 0}, {"width": "12"}]
)
def test_without_a_size_there_is_nothing_to_compare(size: dict[str, Any], tmp_path: Path) -> None:
    CHECK(read(photograph(tmp_path / "a.jpg"), **size))


@pytest.mark.parametrize("annotated", [(24, 16), (12, 9), (11, 8), (1200, 800), (1, 1)], ids=str)
def test_another_size_is_refused(annotated: tuple[int, int], tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="scale its annotations") as error:
        CHECK(read(path, width=annotated[0], height=annotated[1]))
    assert str(error.value).startswith(
        f"the image {path} is 12x8 pixels, but {annotated[0]}x{annotated[1]} in boxes.json: "
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("color_type", ["color", "color_ignore_orientation"])
def test_photographs_that_exif_turns(orientation: int, color_type: str, tmp_path: Path) -> None:
    """They pass as they are read; the other way round, the message tells why."""
    path = photograph(tmp_path / "a.jpg", orientation=orientation)
    is_turned = orientation >= 5 and color_type == "color"
    size = (HEIGHT, WIDTH) if is_turned else (WIDTH, HEIGHT)
    CHECK(read(path, color_type=color_type, width=size[0], height=size[1]))
    with pytest.raises(ValueError, match=f"{size[0]}x{size[1]} pixels, but") as error:
        CHECK(read(path, color_type=color_type, width=size[1], height=size[0]))
    if orientation >= 5:
        assert f"its EXIF orientation {orientation} says to turn it" in str(error.value)
        assert "'color_ignore_orientation' does not" in str(error.value)
    else:
        assert "width and height are swapped" in str(error.value)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_a_size_is_that_of_the_image_that_mmcv_reads(
    ending: str, orientation: int, tmp_path: Path
) -> None:
    path = photograph(tmp_path / f"a.{ending}", orientation=orientation)
    assert image_size(path) == size_of(mmcv.imfrombytes(Path(path).read_bytes()))
    assert exif_orientation(path) == orientation


def test_images_of_any_number_of_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = photograph(tmp_path / "a.jpg", orientation=6)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert image_size(path) == (HEIGHT, WIDTH)
    assert exif_orientation(path) == 6
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_size_of_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(UserError, match=r"the image .*a\.jpg is truncated, damaged"):
        image_size(tmp_path / "a.jpg")
    assert exif_orientation(str(tmp_path / "a.jpg")) == 1


def mmpose_dataset(root: Path, **options: Any) -> Any:
    return SimpleNamespace(
        bbox_file=None, ann_file=str(root / "a.json"), data_prefix={"img": "images"}, **options
    )


@pytest.mark.parametrize("name", ["a.jpg", "sub/a.jpg"])
def test_sizes_noted_from_the_json(name: str, tmp_path: Path) -> None:
    """As mmpose's samples have none."""
    image = dict(id=1, file_name=name, width=30, height=20)
    note_image_sizes(str(tmp_path / "a.json"), dict(images=[image]))
    sizes = noted_sizes(mmpose_dataset(tmp_path))
    assert sizes == {f"images/{name}": (30, 20)}
    check = ImageSizeCheck(ann_file="a.json", sizes=sizes)
    sample = dict(img_path=f"images/{name}", img=np.zeros((20, 30, 3)))
    check(sample)
    with pytest.raises(ValueError, match=r"is 30x21 pixels, but 30x20 in a\.json"):
        check(dict(sample, img=np.zeros((21, 30, 3))))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        dict(images=None),
        dict(images={"1": {}}),
        dict(images=[None, {}, dict(file_name=3, width=1, height=1), dict(file_name="a")]),
        dict(images=[dict(file_name="a", width="30", height=20)]),
    ],
    ids=str,
)
def test_whatever_is_no_size_is_passed_over(content: Any, tmp_path: Path) -> None:
    note_image_sizes(str(tmp_path / "a.json"), content)
    assert noted_sizes(mmpose_dataset(tmp_path)) == {}


def labelled(
    *, label: tuple[int, int], read: tuple[int, int], now: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Give a sample of mmseg; sizes are height and width."""
    return dict(
        img_path="a.jpg",
        seg_map_path="a.png",
        gt_seg_map=np.zeros(label),
        ori_shape=read,
        img=np.zeros((*(now or read), 3)),
    )


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_labels_of_another_size_than_the_image(split: str) -> None:
    check_label_size(labelled(label=(8, 12), read=(8, 12)), split=split)
    check_label_size(dict(gt_seg_map=np.zeros((8, 12))), split=split)
    for label in [(4, 6), (8, 13), (16, 24)]:
        with pytest.raises(ValueError, match=r"in one size") as error:
            check_label_size(labelled(label=label, read=(8, 12)), split=split)
        assert str(error.value).startswith(
            f"the label map a.png is {label[1]}x{label[0]} pixels, but its image a.jpg is 12x8: "
        )


def test_labels_beside_a_turned_photograph(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg", orientation=6)
    sample = read(path, gt_seg_map=np.zeros((HEIGHT, WIDTH)), seg_map_path="a.png")
    with pytest.raises(ValueError, match="its EXIF orientation 6 says to turn it"):
        check_label_size(sample, split="train")


def test_labels_that_are_read_after_the_image_was_resized() -> None:
    """Right for testing, where the prediction gets the image's own size again."""
    sample = labelled(label=(8, 12), read=(8, 12), now=(4, 6))
    check_label_size(sample, split="val")
    with pytest.raises(ValueError, match=r"resized to 6x4 before: put LoadAnnotations before"):
        check_label_size(sample, split="train")


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_broken_exif_turns_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (4, 2)).save(path, exif=b"Exif\0\0nothing")
    assert image_size(path) == (4, 2)
    assert exif_orientation(str(path)) == 1
