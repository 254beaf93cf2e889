"""Reads labelme's json files: one for each image, with its shapes."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.data.converters.coco import (
    AnnotatedDataset,
    AnnotatedObject,
    annotated_image,
    box_around,
    faults_named,
    listed_classes,
)
from hrnet_mm.errors import UserError

ONLY_CLASS = "object"  # of points, where no shape names a class
_CIRCLE_CORNERS = 32


def read_labelme(folder: Path) -> AnnotatedDataset:
    """Read the json files of a folder and its subfolders; those without shapes are not labelme's.

    Points are keypoints, by label, of the shape with their ``group_id``, or of an object in the box
    around them. Shapes of one label and ``group_id`` are one object. In a list of classes, the
    keypoints come last.

    Raises:
        UserError: A file cannot be used; the message names it and the value.
    """
    contents = {file: _read(file) for file in sorted(folder.rglob("*.json"))}
    contents = {file: content for file, content in contents.items() if "shapes" in content}
    labels: dict[bool, set[str]] = {True: set(), False: set()}
    for file, content in contents.items():
        with faults_named(file):
            for shape in content["shapes"]:
                labels[_is_point(shape)].add(shape["label"])
    classes, keypoints = sorted(labels[False]) or [ONLY_CLASS], sorted(labels[True])
    if listed := listed_classes(folder):
        first = min((i for i, name in enumerate(listed) if name in keypoints), default=len(listed))
        classes, keypoints = listed[:first] or [ONLY_CLASS], listed[first:]
    images = []
    for file, content in contents.items():
        with faults_named(file):
            path = file.parent / content["imagePath"].replace("\\", "/")  # as Windows writes it
            width, height = content.get("imageWidth"), content.get("imageHeight")
            image = annotated_image(path, folder=folder, width=width, height=height)
            image.objects.extend(_objects(content["shapes"], classes, keypoints))
        images.append(image)
    return AnnotatedDataset(images=images, classes=classes, keypoints=keypoints)


def _read(file: Path) -> dict[str, Any]:
    with faults_named(file):
        content = json.loads(file.read_bytes())
    if not isinstance(content, dict):
        return {}
    content.pop("imageData", None)  # the whole image as text
    return content


def _is_point(shape: dict[str, Any]) -> bool:
    return shape.get("shape_type") == "point"


def _objects(shapes: list[Any], classes: list[str], keypoints: list[str]) -> list[AnnotatedObject]:
    parts, points = _grouped(shapes, classes, keypoints)
    owners = Counter(group for _, group, _ in parts)
    for group in points:
        if owners[group] > 1 or (not owners[group] and len(classes) > 1):
            raise UserError(
                f"points of group_id {group} belong to {owners[group]} shapes: give an object's "
                "points, and its rectangle or polygon, a group_id of their own"
            )
    objects = [
        AnnotatedObject(
            name=label,
            box=box_around(np.concatenate(polygons)),
            polygons=polygons,
            keypoints=points.pop(group, None),
        )
        for (label, group, _), polygons in parts.items()
    ]
    return objects + [
        AnnotatedObject(name=classes[0], box=_box_around_labelled(p), keypoints=p)
        for p in points.values()
    ]


def _grouped(
    shapes: list[Any], classes: list[str], keypoints: list[str]
) -> tuple[dict[tuple[str, Any, int | None], list[np.ndarray]], dict[Any, np.ndarray]]:
    """Return the polygons of each object, which has a number if no group, and points by group."""
    parts, points = {}, {}
    for number, shape in enumerate(shapes):
        label, group, is_point = shape["label"], shape.get("group_id"), _is_point(shape)
        known = keypoints if is_point else classes
        if label not in known:
            kind = "keypoints" if is_point else "classes"
            raise UserError(f"{label!r} is not one of the {kind}: {', '.join(known) or 'none'}")
        if is_point:
            place = points.setdefault(group, np.zeros((len(known), 3)))[known.index(label)]
            if place[2]:
                raise UserError(f"{label!r} twice in group_id {group}: give each object its own")
            is_hidden = (shape.get("flags") or {}).get("occluded")
            place[:] = *shape["points"][0], 1 if is_hidden else 2
        else:
            key = (label, group, number if group is None else None)
            parts.setdefault(key, []).append(_outline(shape))
    return parts, points


def _box_around_labelled(keypoints: np.ndarray) -> np.ndarray:
    box = box_around(keypoints[keypoints[:, 2] > 0, :2])
    if not box[2:].all():
        raise UserError("points on a line have no box: add a rectangle with their group_id")
    return box


def _outline(shape: dict[str, Any]) -> np.ndarray:
    kind, points = shape.get("shape_type", "polygon"), np.array(shape["points"], dtype=float)
    if kind == "rectangle":
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    if kind == "circle":
        center, edge = points
        angles = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
        return center + np.hypot(*(edge - center)) * np.stack([np.cos(angles), np.sin(angles)], 1)
    if kind == "polygon" and len(points) > 2:
        return points
    raise UserError(
        f"{shape['label']!r} is a {kind} of {len(points)} points: draw polygons of three or more, "
        "rectangles, circles or points"
    )
