"""Rules about the form of COCO files: lists, keys, ids and what refers to what."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from itertools import repeat
from typing import Any

import numpy as np

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.coco_records import IDS, NUMBERS, Records, are_numbers, listed, shortened
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.stock_readers import Reader, coco_metrics_of, is_judged, loads_masks

_MIXED = "write both as numbers, or both as text"


def wrong_lists(file: CocoFile) -> Iterator[Finding]:
    """Find lists that are missing, empty or something else."""
    if not isinstance(file.content, dict):
        kind = "list, as a file of results is" if isinstance(file.content, list) else "value"
        yield Finding(
            text=f"{file.path} holds a {kind}, but an object with the lists images, annotations "
            "and categories is needed: give the file of annotations as ann_file"
        )
        return
    needed = _needed_lists(file)
    for records in (file.images, file.annotations, file.categories):
        noun = records.noun
        if noun not in file.content:
            if noun in needed:
                keys = listed(file.content)
                yield Finding(text=f"{file.path} has no list {noun}: its keys are {keys}")
        elif not records.is_list or records.others:
            yield Finding(
                text=f"{file.path}: {noun} has to be a list of objects, such as "
                '{"id": 1, ...}, but is or holds something else: correct the file'
            )
        elif noun in needed and not records.rows:
            yield Finding(text=f"{file.path}: the list {noun} is empty, so {_EMPTY[noun]}")


_EMPTY = {
    "images": "there is nothing to load: give another ann_file",
    "annotations": "there is nothing to train on and every metric is meaningless (AP is -1 or 0): "
    "give a file with annotations",
    "categories": "no annotation can belong to one: write the categories with id and name",
}


def _needed_lists(file: CocoFile) -> set[str]:
    dataset = file.dataset
    if file.reader is Reader.OTHER:
        return set()
    needed = {"images"}
    if is_judged(dataset):
        needed.add("annotations")
    named = file.reader is Reader.BOXES or dataset.options.get("bbox_file")
    if named or coco_metrics_of(dataset):
        needed.add("categories")
    return needed


def wrong_values(file: CocoFile) -> Iterator[Finding]:
    """Find keys that are missing, or whose values are not what the reader takes."""
    if file.reader is Reader.OTHER:
        return
    whole = file.reader is not Reader.BOXES  # mmpose counts with the ids
    yield from _wrong(file, file.images, "id", check=_is_whole if whole else _is_id)
    yield from _wrong(file, file.images, "file_name", check=_is_text)
    if file.reader is not Reader.LANDMARKS:
        for key in ("width", "height"):
            yield from _wrong(file, file.images, key, check=_is_size)
    yield from _wrong(file, file.categories, "id", check=_is_id)
    if file.reader is Reader.BOXES:
        yield from _wrong(file, file.categories, "name", check=_is_text)
    for key in ("id", "image_id", "category_id"):
        yield from _wrong(file, file.annotations, key, check=_is_id)
    for key, (check, optional) in _annotation_keys(file).items():
        yield from _wrong(file, file.annotations, key, check=check, optional=optional)


def _wrong(
    file: CocoFile, records: Records, key: str, *, check: "_Check", optional: bool = False
) -> Iterator[Finding]:
    good = np.fromiter(check(records, key), bool, len(records))
    if good.all():
        return
    values = records.column(key)
    if records is file.annotations:
        good |= ~file.is_read
    if optional:
        null = (None,) if check is _is_flag else ()
        good |= np.array([key not in row or row[key] in null for row in records.rows], bool)
    absent = np.array([value in (None, "", [], {}) for value in values], bool)
    for wrong, found in (absent & ~good, f"no {key}"), (~absent & ~good, f"{key} is {{}}"):
        if wrong.any():
            example = shortened(values[int(wrong.argmax())])
            yield Finding(
                text=f"{file.path}: {found.format(example)} in {records.share(wrong)}: write "
                f"{_WANTED[key]}"
            )


_WANTED = {
    "id": "an id of its own, a whole number",
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


def _annotation_keys(file: CocoFile) -> dict[str, tuple["_Check", bool]]:
    """How what is read of an annotation is checked, and whether it may be missing."""
    metrics = coco_metrics_of(file.dataset)
    if file.reader is Reader.BOXES:
        metrics = [metric for metric in metrics if metric.get("ann_file")]
        keys = {"bbox": (_is_box, False), "area": (_is_number, False)}
        if loads_masks(file.dataset) or any("segm" in m.get("metric", ()) for m in metrics):
            keys["segmentation"] = (_is_mask, False)
        return keys | {"ignore": (_is_flag, True), "iscrowd": (_is_flag, not metrics)}
    if file.reader is Reader.LANDMARKS:
        return {
            "keypoints": (_is_keypoints, False),
            "center": (_is_point, False),
            "scale": (_is_number, False),
            "num_keypoints": (_is_number, False),
            "iscrowd": (_is_flag, False),
        }
    # mmpose leaves out what has no box or no keypoints, but its metric does not.
    keys = {"bbox": (_is_box, not metrics), "keypoints": (_is_keypoints, not metrics)}
    if any(metric.get("use_area", True) for metric in metrics):
        keys["area"] = (_is_number, False)
    if any(metric.get("iou_type") == "keypoints_crowd" for metric in metrics):
        keys["num_keypoints"] = (_is_number, False)
    return keys | {"iscrowd": (_is_flag, True)}


_Check = Callable[[Records, str], Iterable[bool]]


def _of_types(records: Records, key: str, types: Set[type]) -> Iterable[bool]:
    if records.types(key) <= types:
        return repeat(True, len(records))
    return [type(value) in types for value in records.column(key)]


def _is_id(records: Records, key: str) -> Iterable[bool]:
    return _of_types(records, key, IDS)


def _is_whole(records: Records, key: str) -> Iterable[bool]:
    return _of_types(records, key, {int})


def _is_flag(records: Records, key: str) -> Iterable[bool]:
    return _of_types(records, key, NUMBERS | {bool})


def _is_text(records: Records, key: str) -> Iterable[bool]:
    return [isinstance(value, str) and value != "" for value in records.column(key)]


def _is_number(records: Records, key: str) -> Iterable[bool]:
    return np.isfinite(records.numbers(key))


def _is_size(records: Records, key: str) -> Iterable[bool]:
    return records.numbers(key) > 0


def _is_box(records: Records, key: str) -> Iterable[bool]:
    return np.isfinite(records.boxes()).all(1)


def _is_point(records: Records, key: str) -> Iterable[bool]:
    return [isinstance(v, list) and len(v) == 2 and are_numbers(v) for v in records.column(key)]


def _is_keypoints(records: Records, key: str) -> Iterable[bool]:
    return records.triples(key)


def _is_mask(records: Records, key: str) -> Iterable[bool]:
    """Whether it is a list of polygons or run lengths; too small polygons are skipped."""
    return [
        isinstance(v[0], list) if isinstance(v, list) and v else isinstance(v, dict) and bool(v)
        for v in records.column(key)
    ]


def repeated_ids(file: CocoFile) -> Iterator[Finding]:
    """Find entries that share an id, of which readers keep the last."""
    if file.reader is Reader.OTHER:
        return
    # Some converters list an image once for each of its annotations, which changes nothing.
    told_apart = {"images": "file_name", "annotations": None, "categories": "name"}
    for records in (file.images, file.annotations, file.categories):
        key = told_apart[records.noun]
        repeated = _repeated(records, key)
        if repeated:
            concerned = [value in repeated for value in records.ids()]
            yield Finding(
                text=f"{file.path}: the same id in {records.share(concerned)}; only the last of "
                "those with one id counts: give each an id of its own"
            )


def _repeated(records: Records, key: str | None) -> set[Hashable]:
    ids = [value for value in records.ids() if value is not None]
    if len(set(ids)) == len(ids):
        return set()
    if key is None:
        return {value for value, count in Counter(ids).items() if count > 1}
    pairs = {(id_, str(row.get(key))) for id_, row in zip(records.ids(), records.rows, strict=True)}
    return {value for value, count in Counter(id_ for id_, _ in pairs).items() if count > 1}


def unknown_images(file: CocoFile) -> Iterator[Finding]:
    """Find annotations of images that the file does not list."""
    if file.reader is Reader.OTHER or not len(file.images):
        return
    lost = file.image_index < 0
    if not lost.any():
        return
    ids = [value for value in file.annotations.ids("image_id") if value is not None]
    mixed = _same_as_text(ids, file.images.ids())
    text = f"{file.path}: no image has the image_id of {file.annotations.share(lost)}"
    if mixed:
        yield Finding(text=f"{text}; it is text in one place and a number in the other: {_MIXED}")
    elif lost.all():
        yield Finding(text=f"{text}: give images and annotations that belong together")
    else:
        yield Finding(text=f"{text}: these are not used", is_error=False)


def unknown_categories(file: CocoFile) -> Iterator[Finding]:
    """Find annotations of categories that the file does not list."""
    if file.reader is Reader.OTHER or not len(file.categories):
        return
    known = {value for value in file.categories.ids() if value is not None}
    ids = file.annotations.ids("category_id")
    lost = [value is not None and value not in known for value in ids]
    if not any(lost):
        return
    used = {value for value in ids if value is not None}
    text = (
        f"{file.path}: no category has the category_id of {file.annotations.share(lost)}; the "
        f"categories have the id {listed(file.categories.ids())}, these annotations "
        f"{listed(sorted(used - known, key=str))}"
    )
    # mmpose needs categories for its metric alone.
    needed = file.reader is Reader.BOXES or coco_metrics_of(file.dataset)
    if _same_as_text(used, known):
        yield Finding(text=f"{text}: {_MIXED}", is_error=bool(needed))
    elif _are_shifted(used, known):
        yield Finding(text=f"{text}: start both at the same number", is_error=bool(needed))
    else:
        yield Finding(text=f"{text}: these are not used", is_error=bool(needed) and all(lost))


def _are_shifted(used: set[Any], known: set[Any]) -> bool:
    numbers = {value for value in known if isinstance(value, int)}
    return used <= {i - 1 for i in numbers} or used <= {i + 1 for i in numbers}


def _same_as_text(used: Iterable[Any], known: Iterable[Any]) -> bool:
    """Whether ids that are not the same would be if all were text."""
    known, used = set(known), set(used)
    return bool({str(value) for value in used - known} & {str(value) for value in known})


RULES = (wrong_lists, wrong_values, repeated_ids, unknown_images, unknown_categories)
