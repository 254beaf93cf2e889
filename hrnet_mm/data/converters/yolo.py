"""Reads the text files of Ultralytics' YOLO: boxes, polygons and poses, in shares of the image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from hrnet_mm.data.converters.coco import (
    CLASS_LISTS,
    AnnotatedDataset,
    AnnotatedImage,
    AnnotatedObject,
    annotated_image,
    box_around,
    faults_named,
    listed_classes,
    nearest_file,
)
from hrnet_mm.data.own_files import image_files, utf8_text
from hrnet_mm.errors import UserError

_TOLERANCE = 0.01  # beyond 0 and 1, as in Ultralytics' verify_image_label


@dataclass(frozen=True, kw_only=True)
class _Names:
    """The names in ``data.yaml``; ``dims`` is 3 where keypoints have their visibility, else 2."""

    classes: Sequence[str]
    keypoints: Sequence[str] = ()
    dims: int = 3


def read_yolo(folder: Path) -> AnnotatedDataset:
    """Read the images of a folder and its subfolders; one without a text file has no objects.

    The text file of ``images/train/1.jpg`` is ``labels/train/1.txt``; without a folder ``images``
    it is beside the image. The classes are the ``names`` of ``data.yaml``, or those of a list.

    Raises:
        UserError: A file cannot be used; the message names it and the value.
    """
    names, folder = _names(folder), folder.absolute()
    paths = image_files(folder)
    labels = [_label_file(path) for path in paths]
    for below in {label.parent for label in labels} - {path.parent for path in paths}:
        for label in sorted({*below.glob("[!.]*.txt")} - {*labels}):
            if label.name not in CLASS_LISTS:
                raise UserError(f"{label}: there is no image of that name")
    images = []
    for label, path in zip(labels, paths, strict=True):
        image = annotated_image(path, folder=folder)
        if label.exists():
            lines = filter(str.strip, utf8_text(label).splitlines())
            with faults_named(label):
                image.objects.extend(_object(line, names, image) for line in lines)
        images.append(image)
    return AnnotatedDataset(images=images, classes=names.classes, keypoints=names.keypoints)


def _names(folder: Path) -> _Names:
    file = nearest_file(folder, "data.yaml")
    if file is None:
        if classes := listed_classes(folder):
            return _Names(classes=classes)
        raise UserError(f"{folder}: no data.yaml or {CLASS_LISTS[0]} with the names of the classes")
    text = utf8_text(file)
    with faults_named(file):
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UserError(f"not YAML: {error}") from error
        number, dims = content.get("kpt_shape") or (0, 3)
        of_classes = _by_index(content.get("kpt_names") or [])  # the same for each class
        keypoints = [f"keypoint_{i}" for i in range(number)]
        if of_classes:
            keypoints = _as_text(of_classes[0])
        if len(keypoints) != number or dims not in (2, 3):
            raise UserError(f"kpt_shape is {[number, dims]}, with {len(keypoints)} kpt_names")
        classes = _as_text(_by_index(content["names"]))
        return _Names(classes=classes, keypoints=keypoints, dims=dims)


def _by_index(names: list | dict) -> list:
    return [names[i] for i in range(len(names))]


def _as_text(names: list) -> list[str]:
    for name in names:
        if name is None or isinstance(name, bool):
            raise UserError(
                f"a name is read as {name}, for which YAML takes words such as yes, no, on, off "
                "and null: put it in quotes"
            )
    return [*map(str, names)]


def _label_file(image: Path) -> Path:
    before, images, after = image.as_posix().rpartition("/images/")
    return Path(f"{before}/labels/{after}" if images else image).with_suffix(".txt")


def _object(line: str, names: _Names, image: AnnotatedImage) -> AnnotatedObject:
    index, *numbers = map(float, line.split())
    if index not in range(len(names.classes)):
        raise UserError(
            f"class {index:g} in {line!r}: the classes are 0 to {len(names.classes) - 1}"
        )
    name, size = names.classes[int(index)], (image.width, image.height)
    if names.keypoints:
        count, dims = len(names.keypoints), names.dims
        if len(numbers) != 4 + count * dims:
            raise UserError(f"{line!r} is not a box and {count} keypoints of {dims} numbers")
        points = np.array(numbers[4:]).reshape(count, dims)
        if dims == 2:  # 0 0 is a point that is not labelled
            points = np.column_stack([points, 2 * points.any(axis=1)])
        if not np.isin(points[:, 2], (0, 1, 2)).all():
            raise UserError(f"a keypoint's visibility is none of 0, 1 and 2 in {line!r}")
        points[:, :2] = _pixels(points[:, :2], size, line) * (points[:, 2:] > 0)
        return AnnotatedObject(name=name, box=_box(numbers[:4], size, line), keypoints=points)
    if len(numbers) == 4:
        return AnnotatedObject(name=name, box=_box(numbers, size, line))
    if len(numbers) < 6 or len(numbers) % 2:
        raise UserError(f"{line!r} is neither a box nor a polygon of three points or more")
    polygon = _pixels(np.array(numbers).reshape(-1, 2), size, line)
    return AnnotatedObject(name=name, box=box_around(polygon), polygons=[polygon])


def _box(numbers: Sequence[float], size: tuple[int, int], line: str) -> np.ndarray:
    center, extent = _pixels(np.array(numbers).reshape(2, 2), size, line)
    return np.concatenate([center - extent / 2, extent])


def _pixels(shares: np.ndarray, size: tuple[int, int], line: str) -> np.ndarray:
    if not ((shares >= -_TOLERANCE) & (shares <= 1 + _TOLERANCE)).all():
        raise UserError(f"coordinates outside 0 to 1 in {line!r}")
    return shares * size
