"""Ranks the poses of an image and drops duplicates, as the config's evaluator does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrnet_mm.apis.boxes import Boxes
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.errors import UserError
from hrnet_mm.results import Poses

SCORE_MODES = ("bbox_keypoint", "bbox", "keypoint", "bbox_rle")
NMS_MODES = ("oks_nms", "soft_oks_nms", "none")


@dataclass(frozen=True, kw_only=True)
class PoseScores:
    """The score of a pose, and which of overlapping poses are kept.

    The fields and their defaults are those of mmpose's CocoMetric, whose results for a dataset are
    these for its images. Evaluators that rank nothing have no such fields; then nothing is dropped.

    Attributes:
        score_mode: One of `SCORE_MODES`.
        keypoint_score_thr: Least score of a keypoint that counts in "bbox_keypoint".
        nms_mode: One of `NMS_MODES`.
        nms_thr: Largest overlap (object keypoint similarity) of poses that are kept.
        sigmas: (K,), falloff of the similarity for each keypoint.
    """

    score_mode: str = "bbox_keypoint"
    keypoint_score_thr: float = 0.2
    nms_mode: str = "oks_nms"
    nms_thr: float = 0.9
    sigmas: np.ndarray

    def __post_init__(self) -> None:
        for field, choices in (("score_mode", SCORE_MODES), ("nms_mode", NMS_MODES)):
            if getattr(self, field) not in choices:
                raise UserError(
                    f"{field} {getattr(self, field)!r} of the test_evaluator: choose from {choices}"
                )

    @classmethod
    def of(cls, loaded: LoadedModel) -> "PoseScores":
        """Read the fields of a config's evaluator."""
        evaluators = loaded.cfg.get("test_evaluator") or []
        described = [evaluators] if isinstance(evaluators, Mapping) else evaluators
        none: dict[str, Any] = {"nms_mode": "none"}
        metric = next((m for m in described if "Coco" in str(m["type"])), none)
        names = ("score_mode", "keypoint_score_thr", "nms_mode", "nms_thr")
        given: dict[str, Any] = {name: metric[name] for name in names if name in metric}
        return cls(sigmas=np.asarray(loaded.meta["sigmas"]), **given)

    def rank(self, outputs: Sequence[Any], boxes: Boxes | None, *, num_keypoints: int) -> Poses:
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
            # Of a one-stage model's poses in a box, several may share it.
            box_scores, edges, category_ids = boxes.scores, boxes.boxes, boxes.category_ids
            areas = np.concatenate([np.prod(o.gt_instances.bbox_scales, axis=1) for o in outputs])
        scores = self._scores(keypoint_scores, box_scores)
        kept = self._kept(keypoints, keypoint_scores, scores, areas)
        return Poses(
            keypoints=keypoints[kept],
            keypoint_scores=keypoint_scores[kept],
            boxes=edges[kept],
            scores=scores[kept],
            category_ids=None if category_ids is None else category_ids[kept],
        )

    def _scores(self, keypoint_scores: np.ndarray, box_scores: np.ndarray) -> np.ndarray:
        if self.score_mode == "bbox":
            return box_scores
        if self.score_mode == "keypoint":
            return keypoint_scores.mean(axis=1)
        if self.score_mode == "bbox_rle":
            return box_scores + keypoint_scores.mean(axis=1) + keypoint_scores.max(axis=1)
        counted = keypoint_scores > self.keypoint_score_thr
        total = np.where(counted, keypoint_scores, 0).sum(axis=1)
        return box_scores * total / np.maximum(counted.sum(axis=1), 1)

    def _kept(
        self,
        keypoints: np.ndarray,
        keypoint_scores: np.ndarray,
        scores: np.ndarray,
        areas: np.ndarray,
    ) -> Sequence[int]:
        if self.nms_mode == "none":
            return range(len(scores))
        from mmpose.evaluation.functional import oks_nms, soft_oks_nms

        nms = oks_nms if self.nms_mode == "oks_nms" else soft_oks_nms
        points = np.concatenate([keypoints, keypoint_scores[..., None]], axis=-1)
        poses = [
            dict(keypoints=pose, score=score, area=area)
            for pose, score, area in zip(points, scores, areas, strict=True)
        ]
        return list(nms(poses, self.nms_thr, sigmas=self.sigmas))


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
