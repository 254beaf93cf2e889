"""Ranks the poses of an image and drops duplicates, as mmpose's CocoMetric does; numpy only."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hrnet_mm.errors import UserError

ScoreMode = Literal["bbox_keypoint", "bbox", "keypoint", "bbox_rle"]
NMSMode = Literal["oks_nms", "soft_oks_nms", "none"]

_MOST_AFTER_SOFT_NMS = 20  # mmpose's soft_oks_nms


@dataclass(frozen=True, kw_only=True)
class PoseScores:
    """The score of a pose, and which of overlapping poses are kept.

    The fields and their defaults are those of mmpose's CocoMetric, whose results for a dataset are
    these for its images.

    Attributes:
        score_mode: What the score is made of.
        keypoint_score_thr: Least score of a keypoint that counts in "bbox_keypoint".
        nms_mode: How overlapping poses are dropped.
        nms_thr: Largest overlap (object keypoint similarity) of poses that are kept.
        sigmas: Falloff of the similarity for each keypoint.
    """

    score_mode: ScoreMode = "bbox_keypoint"
    keypoint_score_thr: float = 0.2
    nms_mode: NMSMode = "oks_nms"
    nms_thr: float = 0.9
    sigmas: tuple[float, ...]

    def __post_init__(self) -> None:
        for field, kind in (("score_mode", ScoreMode), ("nms_mode", NMSMode)):
            if getattr(self, field) not in get_args(kind):
                raise UserError(
                    f"{field} {getattr(self, field)!r} of the test_evaluator: choose from "
                    f"{get_args(kind)}"
                )

    def scores(self, keypoint_scores: np.ndarray, box_scores: np.ndarray) -> np.ndarray:
        """Return the scores of poses, (N,).

        Args:
            keypoint_scores: (N, K).
            box_scores: (N,).
        """
        if self.score_mode == "bbox":
            return box_scores
        if self.score_mode == "keypoint":
            return keypoint_scores.mean(axis=1)
        if self.score_mode == "bbox_rle":
            return box_scores + keypoint_scores.mean(axis=1) + keypoint_scores.max(axis=1)
        counted = keypoint_scores > self.keypoint_score_thr
        total = np.where(counted, keypoint_scores, 0).sum(axis=1)
        return box_scores * total / np.maximum(counted.sum(axis=1), 1)

    def kept(self, keypoints: np.ndarray, scores: np.ndarray, areas: np.ndarray) -> list[int]:
        """Return the indices of the poses that are kept, in the order of the metric's results.

        Args:
            keypoints: (N, K, 2).
            scores: (N,).
            areas: (N,), of the boxes, padded as for the network.
        """
        if self.nms_mode == "none":
            return list(range(len(scores)))
        kept: list[int] = []
        order = scores.argsort()[::-1]
        scores = scores[order]
        while len(order) > 0:
            best, order, scores = order[0], order[1:], scores[1:]
            kept.append(int(best))
            overlap = self._similarity(keypoints, areas, best, order)
            if self.nms_mode == "oks_nms":
                order, scores = order[overlap <= self.nms_thr], scores[overlap <= self.nms_thr]
            else:
                scores = scores * np.exp(-(overlap**2) / self.nms_thr)
                by_score = scores.argsort()[::-1]
                order, scores = order[by_score], scores[by_score]
        return kept if self.nms_mode == "oks_nms" else kept[:_MOST_AFTER_SOFT_NMS]

    def _similarity(
        self, keypoints: np.ndarray, areas: np.ndarray, best: int, others: np.ndarray
    ) -> np.ndarray:
        """Return the object keypoint similarity of a pose to others, (len(others),)."""
        variances = (2 * np.asarray(self.sigmas)) ** 2
        squares = ((keypoints[others] - keypoints[best]) ** 2).sum(axis=-1)
        area = (areas[others] + areas[best]) / 2 + np.spacing(1)
        similarity = np.exp(-squares / variances / area[:, None] / 2).mean(axis=1)
        return similarity.astype(np.float32)
