"""Draws label maps for semantic segmentation from the polygons and RLE of a COCO file."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from hrnet_mm.data.converters.coco import faults_named
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

BACKGROUND = "background"  # label 0
_MAX_CLASSES = 254  # beside the background, and 255 which mmseg ignores


def write_label_maps(file: Path, folder: Path) -> str:
    """Write a PNG for each image of a COCO file; return a line that says what they hold.

    Label 0 is the background, 1 the first category of the file. The smaller of two objects is on
    top. Crowds are drawn like others.

    Raises:
        UserError: The file cannot be used; nothing is written then.
    """
    with faults_named(file), redirect_stdout(None):  # it prints how long it takes
        coco: Any = COCO()
        coco.dataset = json.loads(file.read_bytes())
        coco.createIndex()
        categories = coco.dataset["categories"]
        labels = {category["id"]: i for i, category in enumerate(categories, start=1)}
        maps = {_map_name(image): image for image in coco.imgs.values()}
        _check(coco, labels, maps)
    for name, image in maps.items():
        label_map = _label_map(coco, image, labels)
        with whole_file(folder / name) as unfinished:
            label_map.save(unfinished)
    numbers = Counter(annotation["category_id"] for annotation in coco.anns.values())
    shares = [f"{labels[c['id']]} {c['name']} ({numbers[c['id']]})" for c in categories]
    total = f"{len(maps)} label maps of {numbers.total()} annotations"
    return f"written: {folder}: {total}: {', '.join([f'0 {BACKGROUND}', *shares])}"


def _map_name(image: Mapping[str, Any]) -> str:
    name = Path(image["file_name"])
    if name.is_absolute() or ".." in name.parts:
        raise UserError(f"file_name {image['file_name']!r}: give a path below the folder of images")
    return name.with_suffix(".png").as_posix()


def _check(coco: Any, labels: Mapping[int, int], maps: Mapping[str, Any]) -> None:
    if not coco.anns:
        raise UserError("nothing to convert: no annotations")
    if len(labels) > _MAX_CLASSES:
        raise UserError(f"{len(labels)} categories: a label map has {_MAX_CLASSES} at most")
    if len(maps) < len(coco.imgs):
        raise UserError("images whose names differ in the suffix only would share a label map")
    for name, image in maps.items():
        if not (image.get("width") and image.get("height")):
            raise UserError(f"the image of {name} has no width or no height")
    for number, annotation in coco.anns.items():
        if annotation["image_id"] not in coco.imgs or annotation["category_id"] not in labels:
            raise UserError(f"annotation {number} has no image or no category of that id")
        if not annotation.get("segmentation"):
            raise UserError(f"annotation {number} has no segmentation, only a box")
        try:
            rle = coco.annToRLE(annotation)
            if isinstance(annotation["segmentation"], dict):  # whose pixels it does not count
                coco_mask.decode(rle)
        except Exception as error:  # pycocotools raises no other type
            raise UserError(f"annotation {number} has a broken segmentation: {error}") from error
        image = coco.imgs[annotation["image_id"]]
        size = [image["height"], image["width"]]
        if [*rle["size"]] != size:
            raise UserError(
                f"annotation {number} has an RLE of the height and width {rle['size']}, but its "
                f"image {image['file_name']} has {size}: correct the one or the other"
            )


def _label_map(coco: Any, image: Mapping[str, Any], labels: Mapping[int, int]) -> Image.Image:
    annotations = coco.imgToAnns[image["id"]]
    masks = [(coco.annToRLE(annotation), annotation["category_id"]) for annotation in annotations]
    pixels = np.zeros((image["height"], image["width"]), dtype=np.uint8)
    for mask, category in sorted(masks, key=lambda item: coco_mask.area(item[0]), reverse=True):
        pixels[coco_mask.decode(mask) > 0] = labels[category]
    label_map = Image.fromarray(pixels)
    label_map.putpalette(_palette())
    return label_map


def _palette() -> bytes:
    colors = np.tile(mpl.colormaps["tab20"].colors, (13, 1))[:255]  # type: ignore[attr-defined]
    return np.vstack([np.zeros(3), 255 * colors]).round().astype(np.uint8).tobytes()
