"""Ranks the poses of an image and drops duplicates, as the config's evaluator does."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.results import Poses


def pose_scores_of(loaded: LoadedModel) -> PoseScores:
    """Read how a config's evaluator ranks poses.

    Evaluators that rank nothing have no such fields; then nothing is dropped.

    Raises:
        UserError: The evaluator has a mode that does not exist.
    """
    evaluators = loaded.cfg.get("test_evaluator") or []
    described = [evaluators] if isinstance(evaluators, Mapping) else evaluators
    none: dict[str, Any] = {"nms_mode": "none"}
    metric = next((m for m in described if "Coco" in str(m["type"])), none)
    names = ("score_mode", "keypoint_score_thr", "nms_mode", "nms_thr")
    given: dict[str, Any] = {name: metric[name] for name in names if name in metric}
    return PoseScores(sigmas=tuple(map(float, loaded.meta["sigmas"])), **given)


def ranked_poses(
    outputs: Sequence[Any], boxes: Boxes | None, *, scores: PoseScores, num_keypoints: int
) -> Poses:
    """Make the poses of an image from mmpose's data samples, one for each of the boxes.

    Without boxes there is one data sample, for all poses.
    """
    instances = [output.pred_instances for output in outputs]
    if not instances:
        return _no_poses(num_keypoints)
    keypoints = np.concatenate([found.keypoints for found in instances])
    keypoint_scores = np.concatenate([found.keypoint_scores for found in instances])
    if boxes is None:
        given = [f.bbox_scores if "bbox_scores" in f else np.ones(len(f)) for f in instances]
        box_scores, category_ids = np.concatenate(given), None
        areas = np.prod(np.ptp(keypoints, axis=1), axis=1)
        edges = _edges(instances, keypoints)
    else:
        box_scores, edges, category_ids = boxes.scores, boxes.boxes, boxes.category_ids
        areas = np.concatenate([np.prod(o.gt_instances.bbox_scales, axis=1) for o in outputs])
    pose_scores = scores.scores(keypoint_scores, box_scores)
    kept = scores.kept(keypoints, pose_scores, areas)
    return Poses(
        keypoints=keypoints[kept],
        keypoint_scores=keypoint_scores[kept],
        boxes=edges[kept],
        scores=pose_scores[kept],
        category_ids=None if category_ids is None else category_ids[kept],
    )


def _edges(instances: Sequence[Any], keypoints: np.ndarray) -> np.ndarray:
    """Return the boxes that a model without given boxes finds, else those around the keypoints."""
    if all("bboxes" in found for found in instances):
        return np.concatenate([found.bboxes for found in instances])
    return np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)


def _no_poses(num_keypoints: int) -> Poses:
    return Poses(
        keypoints=np.zeros((0, num_keypoints, 2), np.float32),
        keypoint_scores=np.zeros((0, num_keypoints), np.float32),
        boxes=np.zeros((0, 4), np.float32),
        scores=np.zeros(0, np.float32),
    )
