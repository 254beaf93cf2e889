"""Boxes are matched with objects once each; poses with the nearest ones."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hrnet_mm.errors import UserError
from hrnet_mm.reports.confusion import confusion_rows
from hrnet_mm.reports.dumps import ImageResult
from hrnet_mm.reports.keypoints import nearest
from hrnet_mm.reports.measures import Detection, matched
from hrnet_mm.results import Detections


@pytest.mark.parametrize(
    ("ious", "is_same", "pairs"),
    [
        ([[0.9]], [[True]], {0: 0}),
        ([[0.4]], [[True]], {}),
        ([[0.9], [0.8]], [[True], [True]], {0: 0}),  # a double
        ([[0.9], [0.8]], [[False], [True]], {1: 0}),  # the same class first
        ([[0.9, 0.6], [0.8, 0.0]], [[False, True], [False, False]], {0: 1, 1: 0}),
        ([[0.6, 0.7]], [[True, True]], {0: 1}),
        (np.zeros((0, 2)), np.zeros((0, 2), bool), {}),
        (np.zeros((2, 0)), np.zeros((2, 0), bool), {}),
    ],
)
def test_boxes_and_objects(ious: object, is_same: object, pairs: dict[int, int]) -> None:
    assert matched(np.array(ious), np.array(is_same)) == pairs


def detected(*labels: int) -> Detections:
    boxes = np.array([[20.0 * i, 0, 20.0 * i + 10, 10] for i in range(len(labels))]).reshape(-1, 4)
    return Detections(boxes=boxes, scores=np.ones(len(labels)), labels=np.array(labels, int))


def score(predicted: Detections) -> float | None:
    results: Any = SimpleNamespace(meta={"classes": ("ant", "bee", "cat")})
    image = ImageResult(
        path="a.jpg",
        truth=detected(0, 1, 2),
        predicted=predicted,
        is_ignored=np.zeros(3, bool),
        is_paired=False,
    )
    return Detection(results).score(image)


@pytest.mark.parametrize(("labels", "f1"), [((0, 1, 2), 1), ((0, 2, 1), 1 / 3), ((), 0)])
def test_boxes_of_known_classes(labels: tuple[int, ...], f1: float) -> None:
    assert score(detected(*labels)) == pytest.approx(f1)


@pytest.mark.parametrize("label", [3, 7])
def test_boxes_of_more_classes_than_the_config_has(label: int) -> None:
    with pytest.raises(UserError, match=f"a.jpg: labels up to {label} were predicted.* 3 classes"):
        score(detected(0, label))


def test_poses_are_assigned_so_that_errors_are_least() -> None:
    truth = np.array([[[0.0, 0.0]], [[10.0, 0.0]], [[50.0, 0.0]]])
    predicted = np.array([[[11.0, 0.0]], [[1.0, 0.0]]])
    visible, sizes = np.ones((3, 1), bool), np.full(3, 10.0)
    chosen = nearest(truth, predicted, visible=visible, sizes=sizes)
    assert chosen[:2].tolist() == [[[1, 0]], [[11, 0]]]
    assert np.isinf(chosen[2]).all()


def test_the_most_frequent_confusions_come_first() -> None:
    matrix = np.array([[8, 2, 0], [5, 5, 0], [0, 0, 3]])
    rows = confusion_rows(matrix, ("a", "b", "c"), number=5)
    assert rows == [("b", "a", "5", "0.500"), ("a", "b", "2", "0.200")]
