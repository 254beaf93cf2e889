"""Poses are ranked and dropped as by mmpose's CocoMetric."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.structures import InstanceData

from hrnet_mm.apis.boxes import Boxes
from hrnet_mm.apis.pose_scores import NMS_MODES, SCORE_MODES, PoseScores
from hrnet_mm.errors import UserError
from hrnet_mm.results import Poses

NUM_KEYPOINTS = 17
SIGMAS = np.full(NUM_KEYPOINTS, 0.05)


def _outputs(number: int) -> tuple[list[Any], Boxes]:
    """The data samples of that many poses, every second one nearly the same as the one before."""
    from mmpose.structures import PoseDataSample

    rng = np.random.default_rng(0)
    outputs, edges = [], []
    for i in range(number):
        if i % 2 == 0:
            keypoints = rng.uniform(0, 100, (1, NUM_KEYPOINTS, 2)).astype(np.float32)
        keypoints = keypoints + rng.normal(0, 0.3, keypoints.shape).astype(np.float32)
        box = np.concatenate([keypoints[0].min(axis=0), keypoints[0].max(axis=0)])
        scores = rng.uniform(0, 1, (1, NUM_KEYPOINTS)).astype(np.float32)
        sample = PoseDataSample(metainfo=dict(id=i, img_id=1, category_id=1))
        sample.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=scores)
        sample.gt_instances = InstanceData(
            bbox_scales=np.array([[90.0, 120.0]]), bbox_scores=np.array([0.5 + i / 100])
        )
        outputs.append(sample)
        edges.append(box)
    scores = np.array([sample.gt_instances.bbox_scores[0] for sample in outputs])
    return outputs, Boxes(boxes=np.array(edges), scores=scores)


@pytest.mark.parametrize("nms_mode", NMS_MODES)
@pytest.mark.parametrize("score_mode", SCORE_MODES)
def test_ranks_as_the_metric(score_mode: str, nms_mode: str, tmp_path: Path) -> None:
    from mmpose.evaluation.metrics import CocoMetric

    outputs, boxes = _outputs(8)
    metric: Any = CocoMetric(
        score_mode=score_mode,
        nms_mode=nms_mode,
        format_only=True,
        outfile_prefix=str(tmp_path / "results"),
    )
    metric.dataset_meta = dict(dataset_name="coco", num_keypoints=NUM_KEYPOINTS, sigmas=SIGMAS)
    metric.coco = object()  # only its absence matters here
    metric.process({}, [output.to_dict() for output in outputs])
    metric.compute_metrics(metric.results)
    expected = json.loads((tmp_path / "results.keypoints.json").read_text())

    scores = PoseScores(score_mode=score_mode, nms_mode=nms_mode, sigmas=SIGMAS)
    poses = scores.rank(outputs, boxes, num_keypoints=NUM_KEYPOINTS)
    assert len(expected) == (8 if nms_mode != "oks_nms" else 4)
    np.testing.assert_allclose(poses.scores, [e["score"] for e in expected], rtol=1e-6)
    found = np.concatenate([poses.keypoints, poses.keypoint_scores[..., None]], axis=-1)
    np.testing.assert_allclose(
        found.reshape(len(found), -1), [e["keypoints"] for e in expected], rtol=1e-6
    )


def test_no_box_no_skeleton() -> None:
    scores = PoseScores(sigmas=SIGMAS)
    boxes = Boxes(boxes=np.zeros((0, 4)), scores=np.zeros(0))
    poses = scores.rank([], boxes, num_keypoints=NUM_KEYPOINTS)
    assert poses.keypoints.shape == (0, NUM_KEYPOINTS, 2)


def test_poses_without_given_boxes_have_boxes_around_them() -> None:
    outputs, boxes = _outputs(3)
    scores = PoseScores(nms_mode="none", sigmas=SIGMAS)
    poses: Poses = scores.rank(outputs, None, num_keypoints=NUM_KEYPOINTS)
    np.testing.assert_allclose(poses.boxes, boxes.boxes, rtol=1e-6)


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UserError, match=r"nms_mode 'best' of the test_evaluator: choose from"):
        PoseScores(nms_mode="best", sigmas=SIGMAS)
