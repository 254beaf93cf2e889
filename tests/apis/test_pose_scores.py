"""Poses are ranked and dropped as by mmpose's CocoMetric."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from mmengine.structures import InstanceData

from hrnet_mm.apis.pose_scores import ranked_poses
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.pose_scores import NMSMode, PoseScores, ScoreMode
from hrnet_mm.results import Poses

NUM_KEYPOINTS = 17
SIGMAS = (0.05,) * NUM_KEYPOINTS


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


@pytest.mark.parametrize("nms_mode", get_args(NMSMode))
@pytest.mark.parametrize("score_mode", get_args(ScoreMode))
def test_ranks_as_the_metric(score_mode: ScoreMode, nms_mode: NMSMode, tmp_path: Path) -> None:
    from mmpose.evaluation.metrics import CocoMetric

    outputs, boxes = _outputs(8)
    metric: Any = CocoMetric(
        score_mode=score_mode,
        nms_mode=nms_mode,
        format_only=True,
        outfile_prefix=str(tmp_path / "results"),
    )
    metric.dataset_meta = dict(
        dataset_name="coco", num_keypoints=NUM_KEYPOINTS, sigmas=np.array(SIGMAS)
    )
    metric.coco = object()  # only its absence matters here
    metric.process({}, [output.to_dict() for output in outputs])
    metric.compute_metrics(metric.results)
    expected = json.loads((tmp_path / "results.keypoints.json").read_text())

    scores = PoseScores(score_mode=score_mode, nms_mode=nms_mode, sigmas=SIGMAS)
    poses = ranked_poses(outputs, boxes, scores=scores, num_keypoints=NUM_KEYPOINTS)
    assert len(expected) == (8 if nms_mode != "oks_nms" else 4)
    np.testing.assert_allclose(poses.scores, [e["score"] for e in expected], rtol=1e-6)
    found = np.concatenate([poses.keypoints, poses.keypoint_scores[..., None]], axis=-1)
    np.testing.assert_allclose(
        found.reshape(len(found), -1), [e["keypoints"] for e in expected], rtol=1e-6
    )


def test_no_box_no_skeleton() -> None:
    scores = PoseScores(sigmas=SIGMAS)
    boxes = Boxes(boxes=np.zeros((0, 4)), scores=np.zeros(0))
    poses = ranked_poses([], boxes, scores=scores, num_keypoints=NUM_KEYPOINTS)
    assert poses.keypoints.shape == (0, NUM_KEYPOINTS, 2)


def test_poses_without_given_boxes_have_boxes_around_them() -> None:
    outputs, boxes = _outputs(3)
    scores = PoseScores(nms_mode="none", sigmas=SIGMAS)
    poses: Poses = ranked_poses(outputs, None, scores=scores, num_keypoints=NUM_KEYPOINTS)
    np.testing.assert_allclose(poses.boxes, boxes.boxes, rtol=1e-6)
