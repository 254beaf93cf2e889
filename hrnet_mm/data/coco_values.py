"""Rules about the values of COCO files: which keys are read, and as what."""

from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial

import numpy as np

from hrnet_mm.data.coco_files import CocoFile, Reader, coco_metrics_of, loads_masks
from hrnet_mm.data.coco_records import IDS, NUMBERS, Records, are_numbers
from hrnet_mm.data.findings import Finding, shortened


def wrong_values(file: CocoFile) -> Iterator[Finding]:
    """Find keys that are missing, or whose values are not what the reader takes."""
    images, categories, annotations = file.images, file.categories, file.annotations
    is_id = _is_number_id if file.is_thorough else _is_id
    checks: list[tuple[Records, str, _Check]] = [
        # mmpose computes with the ids.
        (images, "id", is_id if file.reader is Reader.BOXES else _is_integer),
        (images, "file_name", _is_text),
    ]
    if file.reader is not Reader.LANDMARKS:
        checks += [(images, "width", _is_size), (images, "height", _is_size)]
    checks.append((categories, "id", is_id))
    if file.reader is Reader.BOXES or file.is_thorough:
        checks.append((categories, "name", _is_text))
    if file.reader is Reader.BOXES:
        checks.append((annotations, "ignore", _is_flag_or_none))
    checks += [(annotations, "id", is_id), (annotations, "image_id", is_id)]
    if file.reader is not Reader.LANDMARKS or len(categories):
        checks.append((annotations, "category_id", is_id))
    for records, key, check in checks:
        yield from _wrong(file, records, key, good=np.array(check(records, key), bool))
    for key, check in _annotation_keys(file).items():
        good = np.array(check(annotations, key), bool) | ~file.is_read
        yield from _wrong(file, annotations, key, good=good)


def _wrong(file: CocoFile, records: Records, key: str, *, good: np.ndarray) -> Iterator[Finding]:
    if good.all():
        return
    values = records.column(key)
    absent = np.array([value in (None, "", [], {}) for value in values], bool)
    for wrong, found in (absent & ~good, f"no {key}"), (~absent & ~good, f"{key} is {{}}"):
        if wrong.any():
            example = shortened(values[int(wrong.argmax())])
            yield file.finding(
                f"{found.format(example)} in {records.share(wrong)}: write {_EXPECTED[key]}",
                of=records,
                concerned=wrong,
                key=key,
            )


_EXPECTED = {
    "id": "an id of its own, an integer",
    "file_name": "the name of the image below data_prefix",
    "width": "the width of the image in pixels, a number",
    "height": "the height of the image in pixels, a number",
    "name": "the name of the class",
    "image_id": "the id of its image",
    "category_id": "the id of its category",
    "bbox": "four numbers, [x, y, width, height]",
    "area": "a number: the area of the mask, else the width times the height of the box",
    "segmentation": "a list of polygons, [[x1, y1, x2, y2, ...], ...], or run lengths",
    "ignore": "0 or 1 as a number; any text counts as 1",
    "iscrowd": "0 as a number, or 1 for a crowd; any text counts as 1",
    "keypoints": "three numbers for each keypoint, [x1, y1, v1, x2, y2, v2, ...]",
    "num_keypoints": "how many of its keypoints have v > 0",
    "center": "the two numbers of the box's centre",
    "scale": "the height of the box divided by 200",
}


def _annotation_keys(file: CocoFile) -> dict[str, "_Check"]:
    """Return the check of each key that is read from annotations."""
    metrics = coco_metrics_of(file.dataset)
    if file.reader is Reader.BOXES:
        metrics = [metric for metric in metrics if metric.get("ann_file")]
        keys = {"bbox": _is_box, "area": _is_number}
        if loads_masks(file.dataset) or any("segm" in m.get("metric", ()) for m in metrics):
            keys["segmentation"] = _is_mask
        return keys | {"iscrowd": _is_flag if metrics else _is_flag_or_none}
    if file.reader is Reader.LANDMARKS:
        keys = {"keypoints": _is_keypoints, "num_keypoints": _is_number, "iscrowd": _is_flag}
        return keys | {"center": _is_point, "scale": _is_number}
    if not metrics:  # mmpose ignores annotations without a box or keypoints
        keys = {"bbox": _is_box_or_missing, "keypoints": _is_keypoints_or_missing}
    else:
        keys = {"bbox": _is_box, "keypoints": _is_keypoints}
    if any(metric.get("use_area", True) for metric in metrics):
        keys["area"] = _is_number
    if any(metric.get("iou_type") == "keypoints_crowd" for metric in metrics):
        keys["num_keypoints"] = _is_number
    return keys | {"iscrowd": _is_flag_or_none}


_Mask = Sequence[bool] | np.ndarray
_Check = Callable[[Records, str], _Mask]
_FLAGS = NUMBERS | {bool}


def _of_types(records: Records, key: str, *, types: Set[type]) -> _Mask:
    if records.types(key) <= types:
        return np.ones(len(records), bool)
    return [type(value) in types for value in records.column(key)]


_is_id = partial(_of_types, types=IDS)
_is_number_id = partial(_of_types, types=NUMBERS)
_is_integer = partial(_of_types, types={int})
_is_flag = partial(_of_types, types=_FLAGS)
_is_flag_or_none = partial(_of_types, types=_FLAGS | {type(None)})


def _is_text(records: Records, key: str) -> _Mask:
    return [isinstance(value, str) and value != "" for value in records.column(key)]


def _is_number(records: Records, key: str) -> _Mask:
    return np.isfinite(records.numbers(key))


def _is_size(records: Records, key: str) -> _Mask:
    numbers = records.numbers(key)
    return np.isfinite(numbers) & (numbers > 0)


def _is_box(records: Records, key: str) -> _Mask:
    return np.all(np.isfinite(records.boxes), 1)


def _is_box_or_missing(records: Records, key: str) -> _Mask:
    return _is_box(records, key) | records.lacks(key)


def _is_keypoints(records: Records, key: str) -> _Mask:
    return records.has_keypoints


def _is_keypoints_or_missing(records: Records, key: str) -> _Mask:
    return records.has_keypoints | records.lacks(key)


def _is_point(records: Records, key: str) -> _Mask:
    return [isinstance(v, list) and len(v) == 2 and are_numbers(v) for v in records.column(key)]


def _is_mask(records: Records, key: str) -> _Mask:
    """Whether it is a list of polygons or run lengths; too small polygons are skipped."""
    return [
        isinstance(v[0], list) if isinstance(v, list) and v else isinstance(v, dict) and bool(v)
        for v in records.column(key)
    ]


RULES = (wrong_values,)
