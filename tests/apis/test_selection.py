"""What is left out of a result."""

from typing import Any

import numpy as np
import pytest

from hrnet_mm.apis.selection import Selection
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses

SCORES = np.array([0.9, 0.2, 0.5])


def _selection(task: str, **options: Any) -> Selection:
    given: dict[str, Any] = dict(score_threshold=None, classes=()) | options
    return Selection.of(task=task, names=("cat", "dog", "cow"), **given)


def _detections() -> Detections:
    return Detections(boxes=np.ones((3, 4)), scores=SCORES, labels=np.array([0, 1, 1]))


def _poses() -> Poses:
    return Poses(
        keypoints=np.ones((3, 2, 2)),
        keypoint_scores=np.ones((3, 2)),
        boxes=np.ones((3, 4)),
        scores=SCORES,
    )


@pytest.mark.parametrize("result", [_detections(), _poses()], ids=["detections", "poses"])
@pytest.mark.parametrize(("threshold", "kept"), [(None, [0.9, 0.5]), (0, SCORES), (0.6, [0.9])])
def test_instances_below_the_threshold_go(result: Any, threshold: float | None, kept: Any) -> None:
    task = "det" if isinstance(result, Detections) else "pose"
    chosen: Any = _selection(task, score_threshold=threshold).apply(result)
    assert chosen.scores.tolist() == list(kept)
    assert len(chosen.boxes) == len(kept)


def test_objects_of_other_classes_go_with_their_masks() -> None:
    result = Detections(**vars(_detections()) | dict(masks=np.eye(3, dtype=bool)[:, None]))
    chosen: Any = _selection("det", classes=["dog"]).apply(result)
    assert chosen.labels.tolist() == [1]
    assert chosen.masks.tolist() == [[[False, False, True]]]


def test_pixels_of_other_classes_get_no_class() -> None:
    labels = np.array([[0, 1, 2]], dtype=np.uint8)
    chosen: Any = _selection("seg", classes=["cat", "cow"]).apply(LabelMap(labels=labels))
    assert chosen.labels.tolist() == [[0, 255, 2]]
    assert chosen.labels.dtype == np.uint8


def test_other_classes_of_an_image_score_nothing() -> None:
    result = ClassScores(scores=np.array([0.5, 0.3, 0.2]))
    chosen: Any = _selection("cls", classes=["dog", "cow"], score_threshold=0.25).apply(result)
    assert chosen.scores.tolist() == [0, 0.3, 0]


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("det", dict(classes=["bird"]), r"classes \['bird'\]: the model knows cat, dog, cow"),
        ("pose", dict(classes=["cat"]), "a pose model has none"),
        ("seg", dict(score_threshold=0.5), "a label map has no scores"),
        ("det", dict(score_threshold=float("nan")), "score threshold nan: give 0 or more"),
        ("det", dict(score_threshold=-1.0), r"score threshold -1\.0: give 0 or more"),
    ],
)
def test_what_the_model_does_not_have_is_refused(
    task: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        _selection(task, **options)
