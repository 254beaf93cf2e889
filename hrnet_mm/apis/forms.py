"""Gives predictions the forms in which they are written: those of COCO and of mmseg's metric."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses

Record = dict[str, Any]
"""A prediction for json."""

ImageId = int | str

# Numbers up to 90 that the annotations of COCO's 80 classes do not use.
_UNUSED_COCO_IDS = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What the numbers of a model's predictions mean; empty where the task has no such thing.

    Attributes:
        classes: The names of the classes.
        palette: Their colours in RGB order.
        keypoints: The names of the keypoints.
        reduce_zero_label: Whether the dataset's label maps have one more class before the first, as
            mmseg's option of that name says.
    """

    classes: Sequence[str] = ()
    palette: Sequence[Sequence[int]] = ()
    keypoints: Sequence[str] = ()
    reduce_zero_label: bool = False


def image_id(name: str) -> ImageId:
    """Return the id of an image: the number that its file is named by, as in COCO, else its name.

    Args:
        name: As in `Frame`, "val2017/000000000785" for 785.
    """
    stem = name.rpartition("/")[2]
    return int(stem) if stem.isascii() and stem.isdigit() else name


def coco_category_ids(classes: Sequence[str]) -> list[int]:
    """Return the ids of classes in annotation files: COCO's own, with gaps, or 1 to N."""
    if len(classes) == 80:
        from mmdet.datasets import CocoDataset

        if tuple(classes) == CocoDataset.METAINFO["classes"]:
            return [number for number in range(1, 91) if number not in _UNUSED_COCO_IDS]
    return list(range(1, len(classes) + 1))


def coco_keypoints(poses: Poses, *, image_id: ImageId) -> list[Record]:
    """Return poses as mmpose's CocoMetric writes them with ``format_only``."""
    ids = np.ones(len(poses.scores), int) if poses.category_ids is None else poses.category_ids
    keypoints = np.concatenate([poses.keypoints, poses.keypoint_scores[..., None]], axis=-1)
    return [
        {
            "image_id": image_id,
            "category_id": int(category_id),
            "keypoints": values.ravel().tolist(),
            "score": float(score),
            "bbox": _as_xywh(box),
        }
        for values, score, box, category_id in zip(
            keypoints, poses.scores, poses.boxes, ids, strict=True
        )
    ]


def coco_detections(
    detections: Detections,
    *,
    image_id: ImageId,
    classes: Sequence[str],
    category_ids: Sequence[int],
) -> list[Record]:
    """Return objects as mmdet's CocoMetric writes them, with the names of their classes added.

    Args:
        detections: The objects; the masks, where it has some, become RLE.
        image_id: The image's.
        classes: The names by label.
        category_ids: The ids by label.
    """
    records: list[Record] = [
        {
            "image_id": image_id,
            "bbox": _as_xywh(box),
            "score": float(score),
            "category_id": category_ids[label],
            "category": classes[label],
        }
        for box, score, label in zip(
            detections.boxes, detections.scores, detections.labels.tolist(), strict=True
        )
    ]
    if detections.masks is not None:
        for record, mask in zip(records, detections.masks, strict=True):
            record["segmentation"] = _as_rle(mask)
    return records


def _as_xywh(box: np.ndarray) -> list[float]:
    left, top, right, bottom = box
    return np.stack([left, top, right - left, bottom - top]).tolist()


def _as_rle(mask: np.ndarray) -> Record:
    from pycocotools import mask as coco_mask

    rle: Any = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def class_scores(result: ClassScores, *, classes: Sequence[str], top: int = 5) -> list[Record]:
    """Return the best classes of an image, the best first; none of those that score 0."""
    order = np.argsort(-result.scores, kind="stable")[:top]
    best = order[result.scores[order] > 0].tolist()
    return [
        {"label": label, "category": classes[label], "score": float(result.scores[label])}
        for label in best
    ]


def label_shares(result: LabelMap, *, classes: Sequence[str]) -> list[Record]:
    """Return the classes in a label map with their share of all pixels, the largest first."""
    labels, numbers = np.unique(result.labels, return_counts=True)
    records = [
        {"label": label, "category": classes[label], "share": number / result.labels.size}
        for label, number in zip(labels.tolist(), numbers.tolist(), strict=True)
        if label != result.void
    ]
    return sorted(records, key=lambda record: -record["share"])


def label_image(result: LabelMap, *, naming: Naming) -> Image.Image:
    """Return a label map as mmseg's IoUMetric writes it with ``format_only``, with the palette.

    With ``reduce_zero_label``, labels begin at 1 and pixels without a class are 0; else those are
    255. With 255 classes or more the image has 16 bits, and no palette.
    """
    labels = result.labels
    if naming.reduce_zero_label:
        labels = labels + labels.dtype.type(1)  # `void`, the largest, becomes 0
    image = Image.fromarray(labels)
    if labels.dtype == np.uint8 and len(naming.palette):
        # All 256, since Pillow saves fewer bits with fewer colours.
        colors = np.zeros((256, 3), dtype=np.uint8)
        first = int(naming.reduce_zero_label)
        colors[first : first + len(naming.palette)] = naming.palette
        image.putpalette(colors.tobytes())
    return image


_COLUMNS = "image frame instance instance_score keypoint x y score"
POSE_COLUMNS = tuple(_COLUMNS.split())


def pose_rows(
    poses: Poses, *, name: str, frame: int | None, keypoints: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row of `POSE_COLUMNS` for each keypoint.

    Args:
        poses: The instances.
        name: Of the image or video.
        frame: The index of the frame in its video; None for an image.
        keypoints: The names.
    """
    values = zip(
        poses.scores.tolist(), poses.keypoints.tolist(), poses.keypoint_scores.tolist(), strict=True
    )
    for instance, (score, points, point_scores) in enumerate(values):
        for keypoint, (x, y), point_score in zip(keypoints, points, point_scores, strict=True):
            yield name, frame, instance, score, keypoint, x, y, point_score
