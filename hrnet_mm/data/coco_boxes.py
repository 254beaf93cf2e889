"""Rules about boxes: their format, and whether any are left to train on."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import numpy as np

from hrnet_mm.data.coco_categories import in_categories, in_classes
from hrnet_mm.data.coco_files import CocoFile, Reader, needs_annotations
from hrnet_mm.data.findings import Finding

REPORTED_SHARE = 0.01  # of the boxes; COCO itself has a few of zero width


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """The boxes of a file that lists their images, in pixels.

    Attributes:
        corner: x and y, (N, 2).
        size: Width and height, (N, 2).
        far_corner: The right and the lower edge, (N, 2).
        image: Width and height of their images, (N, 2).
        valid: Whether they are four numbers in an image of known size, (N,).
    """

    corner: np.ndarray
    size: np.ndarray
    far_corner: np.ndarray
    image: np.ndarray
    valid: np.ndarray


def boxes_of(file: CocoFile) -> Boxes:
    """Read the boxes of a file; invalid ones may have any value."""
    boxes = file.annotations.boxes
    corner, size = boxes[:, :2], boxes[:, 2:]
    sizes = np.stack([file.images.numbers("width"), file.images.numbers("height")], 1)
    sizes = np.append(sizes, [[np.nan, np.nan]], 0)  # for index -1, no image
    image = sizes[file.image_index]
    valid = file.is_read & np.isfinite(boxes).all(1) & (image > 0).all(1)
    return Boxes(corner=corner, size=size, far_corner=corner + size, image=image, valid=valid)


def wrong_boxes(file: CocoFile) -> Iterator[Finding]:
    """Find boxes that are not x, y, width, height in pixels, and those that mmdet ignores."""
    if file.reader not in (Reader.BOXES, Reader.KEYPOINTS):
        return
    boxes = boxes_of(file)
    if not boxes.valid.any():  # another rule reports why
        return
    fault = _other_format(boxes)
    if fault:
        example = file.annotations.column("bbox")[int(boxes.valid.argmax())]
        yield file.finding(
            f"{fault} (bbox {example} and others)",
            of=file.annotations,
            concerned=boxes.valid,
            key="bbox",
        )
        return
    yield from _beyond_images(file, boxes)
    if file.reader is Reader.BOXES:
        yield from _ignored_boxes(file, boxes)


def _beyond_images(file: CocoFile, boxes: Boxes) -> Iterator[Finding]:
    # A pixel more comes from rounding.
    beyond = boxes.valid & (boxes.far_corner > boxes.image + 1).any(1)
    if file.is_thorough:
        beyond |= boxes.valid & (boxes.corner < -1).any(1)
        # Those that are outside as a whole are not read, which another rule reports.
        beyond &= ((boxes.far_corner > 0) & (boxes.corner < boxes.image)).all(1)
    if beyond.sum() > (0 if file.is_thorough else 0.5 * boxes.valid.sum()):
        yield file.finding(
            f"the box reaches beyond its image in {file.annotations.share(beyond)}: look whether "
            "bbox is x, y, width, height, and whether width and height of the images are right",
            of=file.annotations,
            concerned=beyond,
            key="bbox",
            is_error=file.is_thorough,
        )


def _other_format(boxes: Boxes) -> str | None:
    """Recognise boxes that are not x, y, width, height in pixels."""
    corner, size, image = (
        values[boxes.valid] for values in (boxes.corner, boxes.size, boxes.image)
    )
    filled = (size != 0).any(1)
    small = np.all(np.abs(np.append(corner, size, 1)) <= 1, 1)
    if filled.any() and small[filled].mean() > 0.9 and (image >= 8).all():
        return (
            "the boxes are written as fractions of the image, from 0 to 1: multiply them by the "
            "image's width and height, for [x, y, width, height] in pixels"
        )
    # As corners all fit, as x, y, width, height many do not: valid boxes are rarely like that.
    fits = ((corner >= 0) & (size > corner) & (size <= image + 1)).all(1)
    beyond = np.any(corner + size > image + 1, 1)
    if fits.mean() > 0.95 and beyond.mean() > 0.3:
        return (
            "the boxes are written as corners, x1, y1, x2, y2: read as x, y, width, height, "
            f"{beyond.sum()} of {len(beyond)} reach beyond their images: write [x1, y1, x2 - x1, "
            "y2 - y1]"
        )
    return None


def _ignored_boxes(file: CocoFile, boxes: Boxes) -> Iterator[Finding]:
    """Find what mmdet's CocoDataset ignores, in its order of checks."""
    area = file.annotations.numbers("area")
    crowd, has_flag = crowd_flags(file)
    inside = np.minimum(boxes.far_corner, boxes.image) - np.maximum(boxes.corner, 0)
    not_a_class = "a category that metainfo.classes does not name"
    reasons = {
        "width or height below one pixel": (boxes.size < 1).any(1),
        "the box outside its image": (inside <= 0).any(1),
        "area 0 or less": area <= 0,
        not_a_class: ~in_classes(file),
        "iscrowd": crowd,
    }
    valid = boxes.valid & np.isfinite(area) & has_flag & in_categories(file)
    yield from ignored_annotations(file, valid, reasons=reasons, expected={not_a_class, "iscrowd"})


def crowd_flags(file: CocoFile) -> tuple[np.ndarray, np.ndarray]:
    """Return which annotations have ``iscrowd``, and where its value is valid, (N,) bool each."""
    values = file.annotations.column("iscrowd")
    if file.annotations.types("iscrowd") <= {int, bool}:
        return np.array(values, bool), np.ones(len(values), bool)
    known = [value is None or isinstance(value, (int, float)) for value in values]
    return np.array([bool(value) for value in values], bool), np.array(known, bool)


def ignored_annotations(
    file: CocoFile,
    valid: np.ndarray,
    *,
    reasons: Mapping[str, np.ndarray],
    expected: Set[str],
) -> Iterator[Finding]:
    """Find annotations that the reader ignores.

    Args:
        file: The file.
        valid: The annotations to check, (N,) bool; other rules report the others.
        reasons: Which are ignored for each reason, (N,) bool; of several, the first counts.
        expected: Reasons that are not reported as long as some annotations are left.
    """
    left = valid.copy()
    found = {}
    for reason, out in reasons.items():
        found[reason] = left & out
        left &= ~out
    shares = {
        reason: f"{reason} in {file.annotations.share(out)}"
        for reason, out in found.items()
        if out.any()
    }
    if left.any():
        least = 0 if file.is_thorough else REPORTED_SHARE * valid.sum()
        for reason, share in shares.items():
            if reason not in expected and found[reason].sum() > least:
                yield file.finding(
                    f"{share}; these are left out",
                    of=file.annotations,
                    concerned=found[reason],
                    key="bbox",
                    is_error=file.is_thorough,
                )
    elif valid.any() and needs_annotations(file.dataset):
        purpose = "to train on" if file.dataset.split == "train" else "to compare results with"
        yield file.finding(
            f"no annotation is left {purpose}: {'; '.join(shares.values())}",
            of=file.annotations,
            concerned=valid,
        )


def crowd_only_images(file: CocoFile) -> Iterator[Finding]:
    """Find images whose annotations are all crowds, which are not learned."""
    if not file.is_thorough:
        return
    crowd, has_flag = crowd_flags(file)
    known = file.is_read & has_flag
    count = len(file.images)
    total, crowds = (
        np.bincount(file.image_index[which], minlength=count) for which in (known, known & crowd)
    )
    crowded = (total > 0) & (total == crowds)
    if crowded.any():
        yield file.finding(
            f"every annotation is a crowd (iscrowd) in {file.images.share(crowded)}: there is "
            "nothing to learn from them",
            of=file.images,
            concerned=crowded,
            is_error=False,
        )


RULES = (wrong_boxes, crowd_only_images)
