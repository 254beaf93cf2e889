"""What the readers of other formats share, and the COCO file that is written of what they read."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hrnet_mm.data.image_sizes import image_size
from hrnet_mm.data.own_files import utf8_text
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

CLASS_LISTS = ("classes.txt", "labels.txt")
_NO_CLASSES = ("__ignore__", "_background_", "")  # labelme's lists begin with the first two


@dataclass(frozen=True, kw_only=True)
class AnnotatedObject:
    """An object in an image, in pixels.

    Attributes:
        name: Of its class.
        box: (4,), left, top, width and height.
        polygons: Its parts, each (N, 2); none if only the box is known.
        keypoints: (K, 3), x, y and COCO's visibility: 0 not labelled, 1 hidden, 2 visible.
        is_crowd: Whether it is neither to be learned nor counted.
    """

    name: str
    box: np.ndarray
    polygons: Sequence[np.ndarray] = ()
    keypoints: np.ndarray | None = None
    is_crowd: bool = False


@dataclass(frozen=True, kw_only=True)
class AnnotatedImage:
    """An image and its objects; the file name is relative to the dataset's folder."""

    file_name: str
    width: int
    height: int
    objects: list[AnnotatedObject] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class AnnotatedDataset:
    """Images, and the names of classes and keypoints."""

    images: Sequence[AnnotatedImage]
    classes: Sequence[str]
    keypoints: Sequence[str] = ()


@contextmanager
def faults_named(file: Path) -> Iterator[None]:
    """Raise a `UserError` that begins with the file for what its content raises."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from error
    except (AttributeError, LookupError, TypeError, ValueError, SyntaxError) as error:
        raise UserError(f"{file}: unexpected content: {type(error).__name__}: {error}") from error


def nearest_file(folder: Path, *names: str) -> Path | None:
    """Find a file in a folder or in the two above it, as those above ``images/train``."""
    folders = [folder, *folder.absolute().parents[:2]]
    return next((f / name for f in folders for name in names if (f / name).is_file()), None)


def listed_classes(folder: Path) -> list[str]:
    """Read the nearest of `CLASS_LISTS`, a class in a line; nothing if there is no list."""
    file = nearest_file(folder, *CLASS_LISTS)
    lines = utf8_text(file).splitlines() if file else []
    return [name for name in map(str.strip, lines) if name not in _NO_CLASSES]


def annotated_image(
    path: Path, *, folder: Path, width: Any = None, height: Any = None
) -> AnnotatedImage:
    """Describe an image of a dataset's folder, without objects.

    Where the annotations do not have its size, it is that of the image, turned by its EXIF data.

    Raises:
        UserError: There is no such image, or it cannot be read.
    """
    if not path.is_file():
        raise UserError(f"there is no image {path}")
    size = int(width or 0), int(height or 0)
    if not all(size):
        size = image_size(path)
    file_name = Path(os.path.relpath(path, folder)).as_posix()
    return AnnotatedImage(file_name=file_name, width=size[0], height=size[1])


def box_around(points: np.ndarray) -> np.ndarray:
    """Return left, top, width and height of the box around points, (N, 2)."""
    return np.concatenate([points.min(axis=0), np.ptp(points, axis=0)])


def write_coco(dataset: AnnotatedDataset, file: Path) -> str:
    """Write a COCO file; return a line that says what it holds.

    Raises:
        UserError: There is no annotation at all.
    """
    numbers = Counter(item.name for image in dataset.images for item in image.objects)
    if not numbers:
        raise UserError(f"nothing to convert: no annotations in {len(dataset.images)} images")
    with whole_file(file) as unfinished:
        unfinished.write_text(json.dumps(_content(dataset)), encoding="utf-8")
    classes = ", ".join(f"{name} {numbers[name]}" for name in dataset.classes)
    keypoints = f"; keypoints: {', '.join(dataset.keypoints)}" if dataset.keypoints else ""
    total = f"{len(dataset.images)} images, {numbers.total()} annotations"
    return f"written: {file}: {total}: {classes}{keypoints}"


def _content(dataset: AnnotatedDataset) -> dict[str, Any]:
    points = {"keypoints": [*dataset.keypoints], "skeleton": []} if dataset.keypoints else {}
    ids = {name: number for number, name in enumerate(dataset.classes, start=1)}
    images, annotations = [], []
    for number, image in enumerate(dataset.images, start=1):
        size = {"width": image.width, "height": image.height}
        images.append({"id": number, "file_name": image.file_name, **size})
        for item in image.objects:
            where = {"image_id": number, "category_id": ids[item.name]}
            record = _record(item, num_keypoints=len(dataset.keypoints))
            annotations.append({"id": len(annotations) + 1, **where, **record})
    categories = [{"id": number, "name": name, **points} for name, number in ids.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def _record(item: AnnotatedObject, *, num_keypoints: int) -> dict[str, Any]:
    areas = [cv2.contourArea(polygon.astype(np.float32)) for polygon in item.polygons]
    record = {
        "bbox": item.box.tolist(),
        "area": float(sum(areas) if areas else item.box[2:].prod()),
        "iscrowd": int(item.is_crowd),
    }
    if item.polygons:
        record["segmentation"] = [polygon.ravel().tolist() for polygon in item.polygons]
    if num_keypoints:
        points = np.zeros((num_keypoints, 3)) if item.keypoints is None else item.keypoints
        record["keypoints"] = points.ravel().tolist()
        record["num_keypoints"] = int(np.count_nonzero(points[:, 2]))
    return record
