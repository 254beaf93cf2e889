"""Rules about the structure of COCO files: lists, ids and references."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import numpy as np

from hrnet_mm.data.coco_files import CocoFile, Reader, coco_metrics_of, needs_annotations
from hrnet_mm.data.coco_records import Records
from hrnet_mm.data.findings import Finding, listed

_SAME_TYPE = "write both as numbers, or both as text"


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
    if needs_annotations(dataset):
        needed.add("annotations")
    named = file.reader is Reader.BOXES or dataset.options.get("bbox_file")
    if named or coco_metrics_of(dataset):
        needed.add("categories")
    return needed


def repeated_ids(file: CocoFile) -> Iterator[Finding]:
    """Find entries that share an id, of which readers use the last."""
    # Some converters list an image once for each of its annotations, which changes nothing.
    distinguishing_keys = {"images": "file_name", "annotations": None, "categories": "name"}
    for records in (file.images, file.annotations, file.categories):
        key = distinguishing_keys[records.noun]
        repeated = _repeated(records, key)
        if repeated:
            concerned = [value in repeated for value in records.ids()]
            yield file.finding(
                f"the same id in {records.share(concerned)}; only the last of those with one id "
                "counts: give each an id of its own",
                of=records,
                concerned=concerned,
            )


def _repeated(records: Records, key: str | None) -> set[Hashable]:
    ids = records.ids()
    distinct = set(ids)
    if len(distinct) == len(ids) or len(distinct - {None}) == sum(i is not None for i in ids):
        return set()
    differing = range(len(records)) if key is None else map(str, records.column(key))
    counts = Counter(value for value, _ in set(zip(records.ids(), differing, strict=True)))
    return {value for value, count in counts.items() if count > 1 and value is not None}


def unknown_images(file: CocoFile) -> Iterator[Finding]:
    """Find annotations of images that the file does not list."""
    if not any(value is not None for value in file.images.ids()):
        return
    if file.reader is not Reader.BOXES and not file.images.types("id") <= {int}:
        return  # another rule reports them
    unknown = file.image_index < 0
    if not unknown.any():
        return
    ids = file.annotations.ids("image_id")
    unknown &= np.array([value is not None for value in ids], bool)
    if not unknown.any():
        return
    mixed = _same_as_text(ids, file.images.ids())
    text = f"no image has the image_id of {file.annotations.share(unknown)}"
    if mixed:
        text += f"; it is text in one place and a number in the other: {_SAME_TYPE}"
    elif unknown.all():
        text += ": give images and annotations that belong together"
    else:
        text += ": these are not used"
    yield file.finding(
        text,
        of=file.annotations,
        concerned=unknown,
        key="image_id",
        is_error=bool(mixed or unknown.all()),
    )


def unknown_categories(file: CocoFile) -> Iterator[Finding]:
    """Find annotations of categories that the file does not list."""
    if not len(file.categories):
        return
    if (file.category_index >= 0).all():
        return
    known = set(file.categories.ids()) - {None}
    ids = file.annotations.ids("category_id")
    unknown = [value is not None and value not in known for value in ids]
    if not any(unknown):
        return
    used = set(ids) - {None}
    text = (
        f"no category has the category_id of {file.annotations.share(unknown)}; the "
        f"categories have the id {listed(file.categories.ids())}, these annotations "
        f"{listed(sorted(used - known, key=str))}"
    )
    # mmpose needs categories for its metric alone.
    needed = file.reader is Reader.BOXES or coco_metrics_of(file.dataset)
    is_error = bool(needed)
    if _same_as_text(used, known):
        text += f": {_SAME_TYPE}"
    elif _are_shifted(used, known):
        text += ": start both at the same number"
    else:
        text += ": these are not used"
        is_error &= all(unknown)
    yield file.finding(
        text, of=file.annotations, concerned=unknown, key="category_id", is_error=is_error
    )


def _are_shifted(used: set[Any], known: set[Any]) -> bool:
    numbers = {value for value in known if isinstance(value, int)}
    return used <= {i - 1 for i in numbers} or used <= {i + 1 for i in numbers}


def _same_as_text(used: Iterable[Any], known: Iterable[Any]) -> bool:
    """Whether ids that are not the same would be if all were text."""
    known, used = set(known) - {None}, set(used) - {None}
    return bool({str(value) for value in used - known} & {str(value) for value in known})


RULES = (wrong_lists, repeated_ids, unknown_images, unknown_categories)
