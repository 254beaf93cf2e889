"""Reads annotations from the samples of all toolboxes, at any step of a pipeline."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result


def truth_of(sample: Mapping[str, Any], *, num_classes: int) -> Result | None:
    """Return what is annotated, in pixels of ``sample["img"]``; None if nothing is known yet.

    Arrays are copies, as transforms may change theirs.

    Args:
        sample: As the transforms of pipelines pass it on, not packed for a model.
        num_classes: For classification; there are more if the label is higher.
    """
    if "keypoints" in sample:
        return _poses(sample)
    if "gt_bboxes" in sample:
        return _detections(sample)
    if "gt_seg_map" in sample:
        labels = np.asarray(sample["gt_seg_map"])
        return LabelMap(labels=labels.astype(np.uint8 if labels.max() < 256 else np.uint16))
    if "gt_label" in sample:
        labels = np.atleast_1d(sample["gt_label"]).astype(int)
        scores = np.zeros(max(num_classes, 1 + max(labels, default=0)), dtype=np.float32)
        scores[labels] = 1
        return ClassScores(scores=scores)
    return None


def _poses(sample: Mapping[str, Any]) -> Poses:
    keypoints, boxes = np.array(sample["keypoints"]), np.array(sample["bbox"])
    if "transformed_keypoints" in sample:  # the image is what the box was
        keypoints = np.array(sample["transformed_keypoints"])
        height, width = np.shape(sample["img"])[:2]
        boxes = np.tile([0.0, 0.0, width, height], (len(keypoints), 1))
    visible = np.asarray(sample["keypoints_visible"])
    visible = visible[..., 0] if visible.ndim == 3 else visible  # then weights come second
    return Poses(
        keypoints=keypoints[..., :2],
        keypoint_scores=(visible > 0).astype(np.float32),
        boxes=boxes.reshape(-1, 4),
        scores=np.ones(len(keypoints), dtype=np.float32),
    )


def _detections(sample: Mapping[str, Any]) -> Detections:
    boxes = sample["gt_bboxes"]
    boxes = np.array(getattr(boxes, "tensor", boxes), dtype=np.float32).reshape(-1, 4)
    masks = sample.get("gt_masks")
    return Detections(
        boxes=boxes,
        scores=np.ones(len(boxes), dtype=np.float32),
        labels=np.array(sample["gt_bboxes_labels"]),
        masks=None if masks is None else masks.to_ndarray().astype(bool),
    )
