"""Rules about keypoints: how many, where, and whether any are left to train on."""

from collections import Counter
from collections.abc import Iterator
from itertools import compress, islice
from typing import Any

import numpy as np

from hrnet_mm.data.coco_boxes import REPORTED_SHARE, boxes_of, crowd_flags, ignored_annotations
from hrnet_mm.data.coco_files import CocoFile, Reader, coco_metrics_of, keypoint_names_of
from hrnet_mm.data.findings import Finding

_SAMPLE_SIZE = 1000  # annotations, to tell the format of coordinates
_PADDING = 1.25  # of boxes by mmpose's GetBBoxCenterScale


def wrong_keypoints(file: CocoFile) -> Iterator[Finding]:
    """Find keypoints that do not fit the metainfo, and those that mmpose ignores."""
    if file.reader not in (Reader.KEYPOINTS, Reader.LANDMARKS):
        return
    values = file.annotations.column("keypoints")
    valid = file.annotations.has_keypoints & file.is_read
    if not valid.any():
        yield from _no_keypoints(file)
        return
    yield from _wrong_number(file, values, valid)
    fault = _relative_coordinates(file, values, valid)
    if fault:
        yield Finding(text=f"{file.path}: {fault}")
        return
    yield from _ignored_keypoints(file, values, valid)
    if file.is_thorough:
        yield from _wrong_places(file, values, valid)
        yield from _wrong_counts(file, values, valid)


def _no_keypoints(file: CocoFile) -> Iterator[Finding]:
    """Report a file whose annotations all lack keypoints, such as one of boxes."""
    if file.reader is Reader.KEYPOINTS and not coco_metrics_of(file.dataset):
        lacking = [row.get("keypoints") in (None, []) for row in file.annotations.rows]
        if any(lacking) and all(lacking):
            yield Finding(
                text=f"{file.path}: no keypoints in {file.annotations.share(lacking)}: give a file "
                "of keypoints, such as person_keypoints_*.json, as ann_file"
            )


def _wrong_number(file: CocoFile, values: list[Any], valid: np.ndarray) -> Iterator[Finding]:
    names = keypoint_names_of(file.dataset)
    if names is None:
        return
    numbers = [len(value) // 3 if ok else None for value, ok in zip(values, valid, strict=True)]
    wrong = [number not in (None, len(names)) for number in numbers]
    if any(wrong):
        written = Counter(compress(numbers, wrong)).most_common(1)[0][0]
        yield file.finding(
            f"{written} keypoints in {file.annotations.share(wrong)}, but the metainfo of "
            f"{file.dataset.key} has {len(names)}: give the metainfo of this dataset, and the "
            "model's head as many out_channels",
            of=file.annotations,
            concerned=wrong,
        )


def _relative_coordinates(file: CocoFile, values: list[Any], valid: np.ndarray) -> str | None:
    """Recognise coordinates that are not in pixels."""
    boxes = boxes_of(file)
    sample = list(islice(compress(values, valid & (boxes.image >= 8).all(1)), _SAMPLE_SIZE))
    points = [
        point
        for value in sample
        for *point, visible in zip(value[::3], value[1::3], value[2::3], strict=True)
        if visible and any(point)
    ]
    if points and all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points):
        return (
            f"keypoints are written as fractions of the image, from 0 to 1 (such as {points[0]}): "
            "multiply them by the image's width and height"
        )
    return None


def _ignored_keypoints(file: CocoFile, values: list[Any], valid: np.ndarray) -> Iterator[Finding]:
    """Find what mmpose ignores, in its order of checks."""
    crowd, has_flag = crowd_flags(file)
    valid = valid & has_flag
    placed, visible = _placed_and_visible(file, values, valid)
    given = file.annotations.numbers("num_keypoints")
    none = np.where(np.isnan(given), ~placed, given == 0)
    reasons = {
        "iscrowd": crowd,
        "num_keypoints 0 in spite of visible keypoints": none & visible,
        "num_keypoints 0": none,
        "no coordinate above 0": ~placed,
        "no visible keypoint (v above 0)": ~visible,
    }
    if file.reader is Reader.KEYPOINTS and not file.dataset.options.get("bbox_file"):
        boxes = boxes_of(file)
        no_box = np.array([box is None for box in file.annotations.column("bbox")], bool)
        valid &= boxes.valid | (no_box & (not coco_metrics_of(file.dataset)))
        low, high = (
            np.clip(corner, 0, boxes.image - 1) for corner in (boxes.corner, boxes.far_corner)
        )
        reasons |= {"no bbox": no_box, "no part of the box in its image": (high <= low).any(1)}
    expected = {"iscrowd", "num_keypoints 0", "no visible keypoint (v above 0)", "no bbox"}
    yield from ignored_annotations(file, valid, reasons=reasons, expected=expected)
    if any(metric.get("use_area", True) for metric in coco_metrics_of(file.dataset)):
        yield from _no_area(file, valid & visible & ~crowd)


def _placed_and_visible(
    file: CocoFile, values: list[Any], valid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which annotations have a coordinate above 0, and a visible keypoint, (N,) bool."""
    array = file.annotations.keypoints
    if array is not None:
        return np.any(array[..., :2] > 0, axis=(1, 2)), np.any(array[..., 2] != 0, axis=1)
    points = [value if ok else [0, 0, 0] for value, ok in zip(values, valid, strict=True)]
    placed = np.array([max(p[::3]) > 0 or max(p[1::3]) > 0 for p in points], bool)
    return placed, np.array([any(p[2::3]) for p in points], bool)


def _no_area(file: CocoFile, counted: np.ndarray) -> Iterator[Finding]:
    """Find areas of 0 or less, by which OKS divides."""
    empty = counted & (file.annotations.numbers("area") <= 0)
    if empty.sum() > (0 if file.is_thorough else REPORTED_SHARE * counted.sum()):
        yield file.finding(
            f"area 0 or less in {file.annotations.share(empty)}, for which CocoMetric counts "
            "every result as wrong: write the areas, or set use_area=False",
            of=file.annotations,
            concerned=empty,
            key="area",
            is_error=file.is_thorough or bool((empty == counted).all()),
        )


def _wrong_places(file: CocoFile, values: list[Any], valid: np.ndarray) -> Iterator[Finding]:
    """Find visible keypoints outside of their image, or of what mmpose cuts out of it."""
    boxes = boxes_of(file)
    margin = (_PADDING - 1) / 2 * boxes.size
    has_image, has_box = (boxes.image > 0).all(1), boxes.valid & (boxes.size > 0).all(1)
    for where, low, high, known in (
        ("its image", np.full_like(boxes.size, -1), boxes.image + 1, has_image),
        ("its box", boxes.corner - margin, boxes.far_corner + margin, has_box),
    ):
        points = {
            index: point
            for index in np.flatnonzero(valid & known).tolist()
            if (point := _outside(values[index], low[index], high[index])) is not None
        }
        if points:
            outside = np.isin(np.arange(len(values)), list(points))
            first = ", ".join(f"{value:g}" for value in next(iter(points.values())))
            yield file.finding(
                f"a visible keypoint, {first}, is outside of {where} in "
                f"{file.annotations.share(outside)}: correct it, or write 0, 0, 0 for it",
                of=file.annotations,
                concerned=outside,
                key="bbox",
            )
            return  # those outside of the image are outside of the box too


def _outside(keypoints: list[float], low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
    """Return the first visible keypoint that is not between two corners."""
    points = np.reshape(keypoints, (-1, 3))
    points = points[points[:, 2] > 0, :2]
    outside = ((points < low) | (points > high)).any(1)
    return points[outside.argmax()] if outside.any() else None


def _wrong_counts(file: CocoFile, values: list[Any], valid: np.ndarray) -> Iterator[Finding]:
    """Find ``num_keypoints`` that is not the number of keypoints with v > 0."""
    counts = np.array(
        [
            sum(v > 0 for v in value[2::3]) if ok else 0
            for value, ok in zip(values, valid, strict=True)
        ]
    )
    given = file.annotations.numbers("num_keypoints")
    wrong = valid & np.isfinite(given) & (given != counts) & (given != 0)
    if wrong.any():
        index = int(wrong.argmax())
        yield file.finding(
            f"num_keypoints is {given[index]:g} where {counts[index]} have v > 0, in "
            f"{file.annotations.share(wrong)}: count those with v > 0",
            of=file.annotations,
            concerned=wrong,
            key="num_keypoints",
        )


RULES = (wrong_keypoints,)
