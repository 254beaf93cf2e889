"""Rules about the values of COCO files: which keys are read, and as what."""

from collections.abc import Callable, Iterator, Sequence, Set

import numpy as np

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.coco_records import IDS, NUMBERS, Records, are_numbers, shortened
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.stock_readers import Reader, coco_metrics_of, loads_masks


def wrong_values(file: CocoFile) -> Iterator[Finding]:
    """Find keys that are missing, or whose values are not what the reader takes."""
    if file.reader is Reader.OTHER:
        return
    needs_integers = file.reader is not Reader.BOXES  # mmpose computes with the ids
    yield from _wrong(file, file.images, "id", check=_is_integer if needs_integers else _is_id)
    yield from _wrong(file, file.images, "file_name", check=_is_text)
    if file.reader is not Reader.LANDMARKS:
        for key in ("width", "height"):
            yield from _wrong(file, file.images, key, check=_is_size)
    yield from _wrong(file, file.categories, "id", check=_is_id)
    if file.reader is Reader.BOXES:
        yield from _wrong(file, file.categories, "name", check=_is_text)
        yield from _wrong(file, file.annotations, "ignore", check=_is_flag_or_none)
    yield from _wrong(file, file.annotations, "id", check=_is_id)
    yield from _wrong(file, file.annotations, "image_id", check=_is_id)
    if file.reader is not Reader.LANDMARKS or len(file.categories):
        yield from _wrong(file, file.annotations, "category_id", check=_is_id)
    for key, check in _annotation_keys(file).items():
        yield from _wrong(file, file.annotations, key, check=check, only_if_read=True)


def _wrong(
    file: CocoFile, records: Records, key: str, *, check: "_Check", only_if_read: bool = False
) -> Iterator[Finding]:
    good = np.array(check(records, key), bool)
    if good.all():
        return
    if only_if_read:
        good |= ~file.is_read
    values = records.column(key)
    absent = np.array([value in (None, "", [], {}) for value in values], bool)
    for wrong, found in (absent & ~good, f"no {key}"), (~absent & ~good, f"{key} is {{}}"):
        if wrong.any():
            example = shortened(values[int(wrong.argmax())])
            yield Finding(
                text=f"{file.path}: {found.format(example)} in {records.share(wrong)}: write "
                f"{_EXPECTED[key]}"
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


def _of_types(records: Records, key: str, types: Set[type]) -> _Mask:
    if records.types(key) <= types:
        return np.ones(len(records), bool)
    return [type(value) in types for value in records.column(key)]


def _is_id(records: Records, key: str) -> _Mask:
    return _of_types(records, key, IDS)


def _is_integer(records: Records, key: str) -> _Mask:
    return _of_types(records, key, {int})


def _is_flag(records: Records, key: str) -> _Mask:
    return _of_types(records, key, NUMBERS | {bool})


def _is_flag_or_none(records: Records, key: str) -> _Mask:
    return _of_types(records, key, NUMBERS | {bool, type(None)})


def _is_text(records: Records, key: str) -> _Mask:
    return [isinstance(value, str) and value != "" for value in records.column(key)]


def _is_number(records: Records, key: str) -> _Mask:
    return np.isfinite(records.numbers(key))


def _is_size(records: Records, key: str) -> _Mask:
    numbers = records.numbers(key)
    return np.isfinite(numbers) & (numbers > 0)


def _is_box(records: Records, key: str) -> _Mask:
    return np.all(np.isfinite(records.boxes()), 1)


def _is_box_or_missing(records: Records, key: str) -> _Mask:
    return _is_box(records, key) | records.lacks(key)


def _is_keypoints(records: Records, key: str) -> _Mask:
    return records.triples(key)


def _is_keypoints_or_missing(records: Records, key: str) -> _Mask:
    return records.triples(key) | records.lacks(key)


def _is_point(records: Records, key: str) -> _Mask:
    return [isinstance(v, list) and len(v) == 2 and are_numbers(v) for v in records.column(key)]


def _is_mask(records: Records, key: str) -> _Mask:
    """Whether it is a list of polygons or run lengths; too small polygons are skipped."""
    return [
        isinstance(v[0], list) if isinstance(v, list) and v else isinstance(v, dict) and bool(v)
        for v in records.column(key)
    ]


RULES = (wrong_values,)
