"""Annotations are read from samples at any step of the toolboxes' pipelines."""

from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks, PolygonMasks

from hrnet_mm.apis.truths import truth_of
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses

IMAGE = np.zeros((40, 30, 3), dtype=np.uint8)
BOX = [[2.0, 3.0, 10.0, 12.0]]
POINTS = np.array([[[2.0, 3.0], [9.0, 4.0]]])


def pose(**others: Any) -> Any:
    sample = {"img": IMAGE, "keypoints": POINTS, "keypoints_visible": np.array([[1, 0]])}
    return truth_of(sample | {"bbox": np.array(BOX)} | others, num_classes=0)


@pytest.mark.parametrize("visible", [[[1, 0]], [[[1, 0.5], [0, 1]]]], ids=["plain", "weighted"])
def test_keypoints_of_an_image(visible: Any) -> None:
    poses = pose(keypoints_visible=np.array(visible))
    assert isinstance(poses, Poses)
    assert poses.keypoints.tolist() == POINTS.tolist()
    assert poses.keypoint_scores.tolist() == [[1, 0]]
    assert poses.boxes.tolist() == BOX


def test_keypoints_of_a_box() -> None:
    poses = pose(transformed_keypoints=POINTS / 2)
    assert poses.keypoints.tolist() == (POINTS / 2).tolist()
    assert poses.boxes.tolist() == [[0, 0, 30, 40]]


@pytest.mark.parametrize("boxes", [np.array(BOX), HorizontalBoxes(torch.tensor(BOX))])
@pytest.mark.parametrize(
    "masks",
    [
        None,
        BitmapMasks([np.eye(40, 30, dtype=np.uint8)], 40, 30),
        PolygonMasks([[np.array([2.0, 3, 10, 3, 10, 12])]], 40, 30),
    ],
    ids=["none", "bitmap", "polygon"],
)
def test_boxes_and_masks(boxes: Any, masks: Any) -> None:
    sample = {"img": IMAGE, "gt_bboxes": boxes, "gt_bboxes_labels": np.array([7])}
    found = truth_of(sample | ({} if masks is None else {"gt_masks": masks}), num_classes=9)
    assert isinstance(found, Detections)
    assert found.boxes.tolist() == BOX
    assert found.labels.tolist() == [7]
    if masks is None:
        assert found.masks is None
    else:
        assert found.masks is not None
        assert found.masks.shape == (1, 40, 30)
        assert found.masks.any()


@pytest.mark.parametrize(("void", "kind"), [(255, np.uint8), (300, np.uint16)])
def test_label_maps(void: int, kind: type) -> None:
    labels = np.array([[0, 1], [2, void]], dtype=np.int64)
    found = truth_of({"img": IMAGE, "gt_seg_map": labels}, num_classes=3)
    assert isinstance(found, LabelMap)
    assert found.labels.dtype == kind
    assert found.labels.tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("label", "scores"),
    [(1, [0, 1, 0]), ([0, 2], [1, 0, 1]), ([], [0, 0, 0]), (3, [0, 0, 0, 1])],
)
def test_classes(label: Any, scores: list[int]) -> None:
    found = truth_of({"img": IMAGE, "gt_label": label}, num_classes=3)
    assert isinstance(found, ClassScores)
    assert found.scores.tolist() == scores


def test_nothing_is_known_before_annotations_are_read() -> None:
    assert truth_of({"img": IMAGE, "instances": [{"bbox": BOX[0]}]}, num_classes=1) is None
