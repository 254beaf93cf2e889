"""What is measured on each image of a test: a score, and which classes are taken for which."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torchvision.ops import box_iou

from hrnet_mm.apis.selection import SCORE_THRESHOLDS
from hrnet_mm.errors import UserError
from hrnet_mm.reports.dumps import DumpedResults, ImageResult
from hrnet_mm.reports.keypoints import KeypointErrors
from hrnet_mm.results import ClassScores, Detections, LabelMap

IOU = 0.5  # from which on a box has found an object
NOTHING = "(nothing)"


class Measure(Protocol):
    """Scores images one by one, and adds up over them.

    Attributes:
        score_name: What the score of an image is.
        names: The names of the rows and columns of the confusion matrix; empty without one.
        matrix: (C, C), of each true class, the row, how often each was predicted.
    """

    score_name: str
    names: Sequence[str]
    matrix: np.ndarray

    def score(self, image: ImageResult) -> float | None:
        """Return the score of an image, more if it is better; None if nothing is annotated."""
        ...


class _ClassMeasure:
    score_name: str

    def __init__(self, results: DumpedResults, *more: str) -> None:
        self.names: Sequence[str] = (*results.meta["classes"], *more)
        self.matrix = np.zeros((len(self.names), len(self.names)), dtype=np.int64)


class Classification(_ClassMeasure):
    """The probability of the true class."""

    score_name = "probability of the true class"

    def score(self, image: ImageResult) -> float | None:
        assert isinstance(image.truth, ClassScores)
        assert isinstance(image.predicted, ClassScores)
        labels, predicted = np.flatnonzero(image.truth.scores), image.predicted.scores
        if len(labels) != 1:
            raise UserError(f"{image.path} has {len(labels)} classes; only images of one are taken")
        if len(predicted) != len(self.names):
            raise UserError(
                f"{len(predicted)} classes were predicted, but the dataset has {len(self.names)}; "
                "give the config that the predictions were made with"
            )
        self.matrix[labels[0], predicted.argmax()] += 1
        return float(predicted[labels[0]])


class Segmentation(_ClassMeasure):
    """The mean IoU over the classes that are annotated or predicted in the image."""

    score_name = "mIoU of the image"

    def __init__(self, results: DumpedResults) -> None:
        super().__init__(results)
        self._ignore_index = results.ignore_index

    def score(self, image: ImageResult) -> float | None:
        assert isinstance(image.truth, LabelMap)
        assert isinstance(image.predicted, LabelMap)
        truth, predicted, number = image.truth.labels, image.predicted.labels, len(self.names)
        if truth.shape != predicted.shape or predicted.max() >= number:
            raise UserError(
                f"{image.path}: labels up to {predicted.max()} in {predicted.shape} pixels were "
                f"predicted, but the dataset has {number} classes and {truth.shape} pixels; give "
                "the config that the predictions were made with"
            )
        counted = (truth != self._ignore_index) & (truth < number)
        pairs = truth[counted].astype(np.int64) * number + predicted[counted]
        matrix = np.bincount(pairs, minlength=number**2).reshape(number, number)
        self.matrix += matrix
        union = matrix.sum(axis=0) + matrix.sum(axis=1) - matrix.diagonal()
        present = union > 0
        if not present.any():
            return None
        return float((matrix.diagonal()[present] / union[present]).mean())


class Detection(_ClassMeasure):
    """F1 of the boxes that are drawn, at an IoU of 0.5; without any objects, 1 for no boxes."""

    threshold = SCORE_THRESHOLDS["det"]
    score_name = f"F1 of boxes at IoU {IOU}, scores from {threshold}"

    def __init__(self, results: DumpedResults) -> None:
        super().__init__(results, NOTHING)

    def score(self, image: ImageResult) -> float | None:
        truth, found = image.truth, image.predicted
        assert isinstance(truth, Detections)
        assert isinstance(found, Detections)
        nothing = len(self.names) - 1
        if found.labels.max(initial=0) >= nothing:
            raise UserError(
                f"{image.path}: labels up to {found.labels.max()} were predicted, but the dataset "
                f"has {nothing} classes; give the config that the predictions were made with"
            )
        kept = np.flatnonzero(found.scores >= self.threshold)
        kept = kept[np.argsort(-found.scores[kept], kind="stable")]
        boxes, labels = found.boxes[kept], found.labels[kept]
        ious = box_iou(torch.as_tensor(boxes).float(), torch.as_tensor(truth.boxes).float())
        pairs = matched(ious.numpy(), labels[:, None] == truth.labels[None])
        ignored = set(np.flatnonzero(image.is_ignored).tolist())
        matrix = np.zeros_like(self.matrix)
        for predicted, label in enumerate(labels):
            target = pairs.get(predicted)
            if target is None:
                matrix[nothing, label] += 1
            elif target not in ignored:
                matrix[truth.labels[target], label] += 1
        for target in set(range(len(truth.labels))) - {*pairs.values()} - ignored:
            matrix[truth.labels[target], nothing] += 1
        self.matrix += matrix
        right = matrix.diagonal().sum()
        both = matrix[:nothing].sum() + matrix[:, :nothing].sum()  # annotated and predicted ones
        return float(2 * right / both) if both else 1.0


def matched(ious: np.ndarray, is_same: np.ndarray) -> dict[int, int]:
    """Match boxes with objects that they overlap by `IOU`: first those of the same class.

    Args:
        ious: (P, T), of the predicted boxes, the best first, with the true ones.
        is_same: (P, T) of bool, whether their classes are the same.

    Returns:
        The index of the object by that of the box, each once.
    """
    pairs: dict[int, int] = {}
    for allowed in (is_same, np.ones_like(is_same)):
        for predicted in range(len(ious)):
            free = allowed[predicted] & ~np.isin(np.arange(ious.shape[1]), [*pairs.values()])
            overlaps = np.where(free, ious[predicted], 0)
            if predicted not in pairs and overlaps.size and overlaps.max() >= IOU:
                pairs[predicted] = int(overlaps.argmax())
    return pairs


MEASURES: dict[str, Any] = {
    "pose": KeypointErrors,
    "seg": Segmentation,
    "det": Detection,
    "cls": Classification,
}
