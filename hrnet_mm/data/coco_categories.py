"""Rules about the names in COCO files: of classes for mmdet, of keypoints for mmpose."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress

import numpy as np

from hrnet_mm.data.class_rules import class_names
from hrnet_mm.data.coco_files import CocoFile, Reader, keypoint_names_of
from hrnet_mm.data.findings import Finding, listed


def wrong_classes(file: CocoFile) -> Iterator[Finding]:
    """Compare the classes of the config with the categories, where mmdet reads them."""
    if file.reader is Reader.BOXES:
        yield from compare_classes(file)


def compare_classes(file: CocoFile) -> Iterator[Finding]:
    """Compare the classes of the config with the categories, by whose order mmdet labels boxes."""
    classes = class_names(file.dataset)
    names = tuple(name for name in file.categories.column("name") if isinstance(name, str))
    if not classes or not names:
        return
    if len(set(classes)) < len(classes):  # reported by a rule about the config
        return
    in_order = tuple(name for name in names if name in classes)
    if not set(classes) <= set(names):
        yield Finding(text=_missing(file, classes, names))
    elif len(set(in_order)) < len(in_order):
        repeated = [name for name, count in Counter(in_order).items() if count > 1]
        concerned = [name in repeated for name in file.categories.column("name")]
        yield Finding(
            text=f"{file.path}: the name {listed(repeated)} in {file.categories.share(concerned)}, "
            "which mmdet counts as a class each: keep one of them and give the annotations its id"
        )
    elif in_order != classes:
        index = next(i for i, name in enumerate(in_order) if name != classes[i])
        yield Finding(
            text=f"{file.path}: mmdet labels by the order of its categories, in which class "
            f"{index} is {in_order[index]!r}, but in metainfo.classes of {file.dataset.key} it is "
            f"{classes[index]!r}: set metainfo=dict(classes={in_order!r}) to train and to test"
        )
    else:
        yield from _left_out(file)


def _missing(file: CocoFile, classes: Sequence[str], names: Sequence[str]) -> str:
    key = file.dataset.key
    missing = listed(name for name in classes if name not in names)
    if file.dataset.metainfo.get("classes") is None:
        return (
            f"{file.path} has no category {missing}: {key} sets no metainfo.classes, so that those "
            f"of its type count ({len(classes)}, {classes[0]} to {classes[-1]}): set "
            f"metainfo=dict(classes={names!r})"
        )
    return (
        f"{file.path} has no category {missing}, which metainfo.classes of {key} names: it has "
        f"{names!r}; write the names as they stand there, in that order"
    )


def _left_out(file: CocoFile) -> Iterator[Finding]:
    """Find boxes of categories that the config does not name, which may be intended."""
    left_out = in_categories(file) & ~in_classes(file)
    if left_out.any():
        used = set(compress(file.annotations.ids("category_id"), left_out))
        pairs = zip(file.categories.ids(), file.categories.column("name"), strict=True)
        unnamed = listed(name for id_, name in pairs if id_ in used)
        yield file.finding(
            f"metainfo.classes of {file.dataset.key} does not name {unnamed}, which leaves out "
            f"{file.annotations.share(left_out)}",
            of=file.annotations,
            concerned=left_out,
            key="category_id",
            is_error=False,
        )


def in_categories(file: CocoFile) -> np.ndarray:
    """Return which annotations are of a category that the file lists, (N,) bool."""
    return file.category_index >= 0


def in_classes(file: CocoFile) -> np.ndarray:
    """Return which annotations are of a class of the config, (N,) bool."""
    classes, names = class_names(file.dataset), file.categories.column("name")
    if classes is None or any(name not in names for name in classes):  # another rule reports it
        return in_categories(file)
    # The last stands for no category, index -1.
    named = np.array([*(name in classes for name in names), False])
    return named[file.category_index]


def wrong_keypoint_names(file: CocoFile) -> Iterator[Finding]:
    """Compare the order of the keypoints' names in the categories and in the metainfo."""
    if file.reader not in (Reader.KEYPOINTS, Reader.LANDMARKS):
        return
    names = keypoint_names_of(file.dataset)
    for written in file.categories.column("keypoints"):
        if names is None or not isinstance(written, list) or len(written) != len(names):
            continue
        expected, found = [[_normalized(name) for name in list_] for list_ in (names, written)]
        shared = set(expected) & set(found)
        # Synonyms are fine, but a name that both have must be at the same index.
        moved = [name for name in shared if expected.index(name) != found.index(name)]
        if moved:
            index = min(expected.index(name) for name in moved)
            yield Finding(
                text=f"{file.path}: keypoint {index} is {written[index]!r} in its categories, but "
                f"{names[index]!r} in the metainfo of {file.dataset.key}: give keypoint_info (with "
                f"sigmas, joint_weights and swaps) in the order of the file, {written!r}"
            )
            return


def _normalized(name: object) -> str:
    """Normalize a name: Left-Eye, left_eye and "left eye" are the same."""
    return "".join(character for character in str(name).lower() if character.isalnum())


RULES = (wrong_classes, wrong_keypoint_names)
