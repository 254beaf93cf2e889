"""Detects objects as mmdet's FCOS and Faster R-CNN do; numpy and OpenCV only."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hrnet_mm.deploy.bundle import NetworkInput
from hrnet_mm.deploy.graphs import Arrays, Graph
from hrnet_mm.deploy.images import normalized, padded, resized
from hrnet_mm.deploy.tasks import BoxCoder, DenseHead, DetTask, TwoStageHead
from hrnet_mm.results import Detections

_MOST_GROWTH = -math.log(16 / 1000)  # of log width and log height, in all of mmdet's coders

Graphs = Mapping[str, Graph]


def detections_in(
    image: np.ndarray, *, task: DetTask, described: NetworkInput, graphs: Graphs
) -> Detections:
    """Detect the objects of an image, the best first.

    Args:
        image: (H, W, 3) in BGR order, uint8.
        task: How.
        described: What the network takes.
        graphs: By name, as the kind of head has them.
    """
    seen = resized(image, task.resizes)
    inputs = padded(normalized([seen], described), described).astype(described.dtype)
    by = _floats([image.shape[1] / seen.shape[1], image.shape[0] / seen.shape[0]] * 2)
    if isinstance(task.head, DenseHead):
        outputs = graphs["model"]({described.name: inputs})
        return _of_dense_head(outputs, task.head, size=seen.shape[:2], by=by)
    outputs = graphs["features"]({described.name: inputs})
    proposals = _proposals(outputs, task.head, size=seen.shape[:2])
    if len(proposals) == 0:
        return Detections(boxes=proposals, scores=proposals[:, 0], labels=np.zeros(0, int))
    rois = np.concatenate([np.zeros_like(proposals[:, :1]), proposals], axis=1)
    levels = {name: level for name, level in outputs.items() if name.startswith("level")}
    found = graphs["roi_head"](levels | {"rois": rois})
    return _of_rois(found, proposals, task.head, size=seen.shape[:2], by=by)


# FCOS


def _of_dense_head(
    outputs: Arrays, head: DenseHead, *, size: Sequence[int], by: np.ndarray
) -> Detections:
    candidates = [
        _candidates(
            *(_rows(outputs[f"{name}{level}"]) for name in ("scores", "boxes", "centerness")),
            points=_grid(outputs[f"scores{level}"], stride) + stride / 2,
            head=head,
        )
        for level, stride in enumerate(head.strides)
    ]
    boxes, scores, labels = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
    boxes = _clipped(boxes, size) * by
    kept = _has_area(boxes)
    return _best(
        boxes[kept], scores[kept], labels[kept], threshold=head.nms_threshold, most=head.max_boxes
    )


def _candidates(
    logits: np.ndarray,
    distances: np.ndarray,
    centerness: np.ndarray,
    *,
    points: np.ndarray,
    head: DenseHead,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boxes, scores and labels of the best places of a level."""
    scores = _sigmoid(logits)
    places, labels = np.nonzero(scores > head.score_threshold)
    chosen = scores[places, labels]
    best = np.argsort(-chosen, kind="stable")[: head.candidates_per_level]
    places, labels, chosen = places[best], labels[best], chosen[best]
    left_top, right_bottom = distances[places, :2], distances[places, 2:]
    boxes = np.concatenate([points[places] - left_top, points[places] + right_bottom], axis=1)
    return boxes, chosen * _sigmoid(centerness)[places, 0], labels


# Faster R-CNN


def _proposals(outputs: Arrays, head: TwoStageHead, *, size: Sequence[int]) -> np.ndarray:
    """Return the boxes, (R, 4), in which the second stage looks for objects."""
    boxes, scores, levels = [], [], []
    for level, (stride, base) in enumerate(zip(head.strides, head.base_anchors, strict=True)):
        objectness = outputs[f"objectness{level}"]
        anchors = np.tile(_grid(objectness, stride), 2)[:, None] + _floats(base)
        found = _sigmoid(_rows(objectness)).ravel()
        best = np.argsort(-found, kind="stable")[: head.candidates_per_level]
        deltas = _rows(outputs[f"deltas{level}"]).reshape(-1, 4)[best]
        anchors = anchors.reshape(-1, 4)[best]
        boxes.append(_decoded(anchors, deltas[:, None], head.proposal_coder, size)[:, 0])
        scores.append(found[best])
        levels.append(np.full(len(best), level))
    every_box = np.concatenate(boxes)
    kept = _has_area(every_box)
    return _best(
        every_box[kept],
        np.concatenate(scores)[kept],
        np.concatenate(levels)[kept],
        threshold=head.proposal_nms_threshold,
        most=head.max_proposals,
    ).boxes


def _of_rois(
    outputs: Arrays,
    proposals: np.ndarray,
    head: TwoStageHead,
    *,
    size: Sequence[int],
    by: np.ndarray,
) -> Detections:
    logits, deltas = (outputs[name].astype(np.float32) for name in ("scores", "deltas"))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = (powers / powers.sum(axis=1, keepdims=True))[:, :-1]  # the last: nothing
    boxes = _decoded(proposals, deltas.reshape(len(deltas), -1, 4), head.box_coder, size) * by
    boxes = np.broadcast_to(boxes, (*probabilities.shape, 4))  # where all classes share one
    places, labels = np.nonzero(probabilities > head.score_threshold)
    return _best(
        boxes[places, labels],
        probabilities[places, labels],
        labels,
        threshold=head.nms_threshold,
        most=head.max_boxes,
    )


def _decoded(
    boxes: np.ndarray, deltas: np.ndarray, coder: BoxCoder, size: Sequence[int]
) -> np.ndarray:
    """Move boxes, (N, 4), by deltas, (N, C, 4); the results, (N, C, 4), are inside of the image."""
    deltas = deltas * _floats(coder.stds) + _floats(coder.means)
    one = int(coder.legacy)
    centers = (boxes[:, None, :2] + boxes[:, None, 2:]) * np.float32(0.5)
    sides = boxes[:, None, 2:] - boxes[:, None, :2] + one
    centers = centers + sides * deltas[..., :2]
    halves = sides * np.exp(deltas[..., 2:].clip(-_MOST_GROWTH, _MOST_GROWTH)) * np.float32(0.5)
    moved = np.concatenate([centers - halves, centers + halves], axis=-1)
    return _clipped(moved, [side - one for side in size])


# Both


def _floats(values: Any) -> np.ndarray:
    return np.array(values, np.float32)


def _rows(maps: np.ndarray) -> np.ndarray:
    """Return the values of one image's maps, (1, C, H, W), by place: (H W, C), float32."""
    return maps[0].reshape(maps.shape[1], -1).T.astype(np.float32)


def _grid(maps: np.ndarray, stride: int) -> np.ndarray:
    """Return x and y of each place of maps, (H W, 2), in pixels of the input."""
    rows, columns = np.indices(maps.shape[2:]).reshape(2, -1)
    return np.stack([columns, rows], axis=1).astype(np.float32) * np.float32(stride)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # of logits below -88: 1 / infinity is 0
        return 1 / (1 + np.exp(-logits))


def _clipped(boxes: np.ndarray, size: Sequence[int]) -> np.ndarray:
    height, width = size
    return boxes.clip(0, _floats([width, height, width, height]))


def _has_area(boxes: np.ndarray) -> np.ndarray:
    return np.all(boxes[:, 2:] > boxes[:, :2], axis=1)


def _best(
    boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, *, threshold: float, most: int
) -> Detections:
    """Return the best boxes of each label that do not overlap more than the threshold."""
    apart = boxes + (labels * (boxes.max(initial=0) + 1))[:, None].astype(np.float32)
    areas = (apart[:, 2:] - apart[:, :2]).prod(axis=1)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order) > 0 and len(kept) < most:
        best, order = order[0], order[1:]
        kept.append(best)
        first = np.maximum(apart[best, :2], apart[order, :2])
        last = np.minimum(apart[best, 2:], apart[order, 2:])
        shared = (last - first).clip(0).prod(axis=1)
        order = order[~(shared > threshold * (areas[best] + areas[order] - shared))]
    return Detections(boxes=boxes[kept], scores=scores[kept], labels=labels[kept])
