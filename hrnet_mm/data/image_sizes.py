"""Compares the size of each image with its annotations when it is read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from hrnet_mm.data.damaged_images import DAMAGED
from hrnet_mm.data.image_heads import image_head
from hrnet_mm.errors import UserError

Size = tuple[int, int]  # width, height
SIDES_SWAPPED = range(5, 9)  # EXIF orientations

_sizes_by_file: dict[str, dict[str, Size]] = {}


def note_image_sizes(path: str, content: Mapping[str, Any]) -> None:
    """Remember the image sizes in a COCO file, for mmpose's datasets, which drop them.

    Args:
        path: The file.
        content: The parsed json; entries that are not an image with a size are skipped.
    """
    images = content.get("images") if isinstance(content, Mapping) else None
    _sizes_by_file[os.path.abspath(path)] = {
        image["file_name"]: size
        for image in (images if isinstance(images, list) else [])
        if isinstance(image, dict) and isinstance(image.get("file_name"), str)
        if (size := _size_in(image)) is not None
    }


def noted_sizes(dataset: Any) -> dict[str, Size]:
    """Return the sizes of a dataset's images by ``img_path``, if its samples do not have them."""
    if not hasattr(dataset, "bbox_file"):  # not mmpose's
        return {}
    noted = _sizes_by_file.get(os.path.abspath(dataset.ann_file or ""), {})
    folder = dataset.data_prefix.get("img") or ""
    return {os.path.join(folder, name): size for name, size in noted.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSizeCheck:
    """A transform after the one that reads the image: refuses sizes that are not as annotated.

    Attributes:
        ann_file: The annotation file, for the message.
        sizes: By ``img_path``, for samples without ``width`` and ``height`` of their own.
    """

    ann_file: str
    sizes: Mapping[str, Size] = field(default_factory=dict, repr=False)

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Return the sample unchanged.

        Raises:
            UserError: The size differs; the message has the file and both sizes.
        """
        path = sample.get("img_path")
        annotated = _size_in(sample) or self.sizes.get(str(path))
        read = size_of(sample["img"])
        if annotated is not None and annotated != read:
            where = self.ann_file if self.ann_file.endswith(".json") else "its annotations"
            raise UserError(
                f"the image {path} is {text_of(read)} pixels, but {text_of(annotated)} in {where}: "
                + (_swap_advice(str(path), annotated, read) or _RESIZE_ADVICE)
            )
        return sample


_RESIZE_ADVICE = (
    "boxes and keypoints would lie in the wrong places; give the image in the size that was "
    "annotated, or scale its annotations to this one"
)


def check_label_size(sample: Mapping[str, Any], *, split: str) -> None:
    """Compare the size of a label map with that of its image.

    Args:
        sample: Holds ``gt_seg_map``, and ``ori_shape`` if an image was read.
        split: In "train", the image must also not have been resized before.

    Raises:
        UserError: The sizes differ; the message has the files and both sizes.
    """
    if "ori_shape" not in sample:
        return
    label, image = size_of(sample["gt_seg_map"]), (sample["ori_shape"][1], sample["ori_shape"][0])
    path, image_path = sample.get("seg_map_path"), sample.get("img_path")
    if label != image:
        raise UserError(
            f"the label map {path} is {text_of(label)} pixels, but its image {image_path} is "
            f"{text_of(image)}: "
            + (
                _swap_advice(str(image_path), label, image)
                or "give both in one size, the labels resized without interpolation"
            )
        )
    if split == "train" and "img" in sample and size_of(sample["img"]) != label:
        raise UserError(
            f"the label map {path} is {text_of(label)} pixels, but its image was resized to "
            f"{text_of(size_of(sample['img']))} before: put LoadAnnotations before the transforms "
            "of train_pipeline that resize or crop"
        )


def size_of(array: Any) -> Size:
    """Return the width and height of an image or label map."""
    return array.shape[1], array.shape[0]


def _size_in(image: Mapping[str, Any]) -> Size | None:
    # Written out, which is three times as fast: COCO has 118,000 images.
    width: Any = image.get("width")
    height: Any = image.get("height")
    are_numbers = isinstance(width, (int, float)) and isinstance(height, (int, float))
    return (width, height) if are_numbers and width > 0 and height > 0 else None  # type: ignore


def text_of(size: Size) -> str:
    """Format a size for a message."""
    return f"{size[0]}x{size[1]}"


def _swap_advice(path: str, annotated: Size, read: Size) -> str:
    """Return the advice for an image whose sides are swapped; "" if they are not."""
    if annotated != read[::-1]:
        return ""
    orientation = exif_orientation(path)
    if orientation not in SIDES_SWAPPED:
        return "width and height are swapped; correct them, or turn the image or its annotations"
    return (
        f"its EXIF orientation {orientation} says to turn it, and it was annotated the other way. "
        "The color_type of LoadImageFromFile decides: 'color' turns it, "
        "'color_ignore_orientation' does not; or save the image as it was annotated, without EXIF"
    )


def image_size(path: str | Path) -> Size:
    """Read the width and height of an image, as its EXIF orientation turns it.

    Raises:
        UserError: The file is not an image.
    """
    try:
        with image_head(path) as image:
            width, height = image.size
            # Pillow itself swaps the sides of a TIFF.
            is_turned = image.format != "TIFF" and _orientation_in(image) in SIDES_SWAPPED
    except OSError as error:
        raise UserError(f"the image {path} {DAMAGED}") from error
    return (height, width) if is_turned else (width, height)


def exif_orientation(path: str) -> int:
    """Read how an image is to be turned; 1, as it is, if the file is not there or not local."""
    try:
        with image_head(path) as image:
            return _orientation_in(image)
    except OSError:  # a remote file
        return 1


def _orientation_in(image: Image.Image) -> int:
    try:
        # The method of a PNG itself reads all pixels, to find what may be behind them.
        return Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except SyntaxError:  # broken EXIF, which turns nothing
        return 1
