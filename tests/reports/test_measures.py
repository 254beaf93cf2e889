"""Boxes are matched with objects once each; poses with the nearest ones."""

import numpy as np
import pytest

from hrnet_mm.reports.confusion import confusion_rows
from hrnet_mm.reports.keypoints import nearest
from hrnet_mm.reports.measures import matched


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
