"""Which part of a result is asked for."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

SCORE_THRESHOLDS = {"pose": 0.3, "det": 0.3, "cls": 0.0}  # as in mmpose's and mmdet's demos


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Leaves out what scores less than a threshold, or is of other classes.

    Attributes:
        score_threshold: Least score of an instance, or of a class of the whole image.
        classes: (C,) of bool, the classes that are asked for; None for all.
    """

    score_threshold: float
    classes: np.ndarray | None

    @classmethod
    def of(
        cls,
        *,
        task: str,
        names: Sequence[str],
        score_threshold: float | None,
        classes: Sequence[str],
    ) -> "Selection":
        """Choose by what a user gave, of a model's task and the names of its classes.

        A threshold of None is the task's own.

        Raises:
            UserError: The model has no such classes, or no scores.
        """
        if score_threshold is not None and task not in SCORE_THRESHOLDS:
            raise UserError("a score threshold is of no use: a label map has no scores")
        if score_threshold is not None and not score_threshold >= 0:  # NaN neither
            raise UserError(f"score threshold {score_threshold}: give 0 or more")
        if score_threshold is None:
            score_threshold = SCORE_THRESHOLDS.get(task, 0.0)
        if not classes:
            return cls(score_threshold=score_threshold, classes=None)
        if task == "pose":
            raise UserError(f"classes {list(classes)}: a pose model has none")
        if unknown := sorted(set(classes) - set(names)):
            raise UserError(f"classes {unknown}: the model knows {', '.join(names)}")
        chosen = np.isin(np.array(names), list(classes))
        return cls(score_threshold=score_threshold, classes=chosen)

    def apply(self, result: Result) -> Result:
        """Return the part of a result that is asked for."""
        if isinstance(result, LabelMap):
            return self._label_map(result)
        if isinstance(result, ClassScores):
            kept = result.scores >= self.score_threshold
            kept = kept if self.classes is None else kept & self.classes
            return ClassScores(scores=np.where(kept, result.scores, 0))
        kept = result.scores >= self.score_threshold
        if isinstance(result, Detections) and self.classes is not None:
            kept &= self.classes[result.labels]
        return _instances(result, kept)

    def _label_map(self, result: LabelMap) -> LabelMap:
        if self.classes is None:
            return result
        labels = np.where(self.classes[result.labels], result.labels, result.void)
        return LabelMap(labels=labels.astype(result.labels.dtype))


def _instances(result: Poses | Detections, kept: np.ndarray) -> Poses | Detections:
    """Return some of the instances."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    chosen = {name: None if value is None else value[kept] for name, value in fields.items()}
    return dataclasses.replace(result, **chosen)
