"""What a model predicts for one image, in the image's own pixels; numpy arrays only."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Poses:
    """The keypoints of N instances, such as people.

    Attributes:
        keypoints: (N, K, 2), x and y.
        keypoint_scores: (N, K).
        boxes: (N, 4), left, top, right, bottom.
        scores: (N,), of the instances, as the evaluator ranks them.
        category_ids: (N,), of the boxes in the file that gave them; None from elsewhere.
    """

    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    category_ids: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Detections:
    """N objects.

    Attributes:
        boxes: (N, 4), left, top, right, bottom.
        scores: (N,).
        labels: (N,), indices of classes.
        masks: (N, H, W) of bool; None from a model that finds boxes only.
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class LabelMap:
    """The class of each pixel.

    Attributes:
        labels: (H, W), indices of classes, uint8, or uint16 for 255 classes or more; `void` where
            no class is to be shown.
    """

    labels: np.ndarray

    @property
    def void(self) -> int:
        """The label of pixels without a class, the largest that the type holds."""
        return int(np.iinfo(self.labels.dtype).max)


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """The score of each class for the whole image.

    Attributes:
        scores: (C,), which sum to 1; 0 for classes that were not asked for.
    """

    scores: np.ndarray


Result = Poses | Detections | LabelMap | ClassScores
