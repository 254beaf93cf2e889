"""Where keypoints are trained and where they are read: a perfect network is right in the image."""

import copy
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, KEYPOINT_CODECS, METRICS
from scipy.io import savemat

from tests.zoo.configs import leaves, load

RANDOM = {
    "RandomFlip",
    "RandomBBoxTransform",
    "hrnet_mm.ClippedBBoxTransform",
    "hrnet_mm.UniformBBoxTransform",
}
PEOPLE = 20


def dataset(cfg: Any, split: str, *, until: str | None = None) -> Any:
    """Build the data set of a split without what is random, its pipeline up to a step."""
    described = copy.deepcopy(cfg[f"{split}_dataloader"].dataset)
    steps = [step for step in described.pipeline if step.type not in RANDOM]
    kinds = [step.type for step in steps]
    described.pipeline = steps if until is None else steps[: kinds.index(until)]
    return DATASETS.build(described)


def in_image(places: np.ndarray, sample: Any) -> np.ndarray:
    """Take places in the crop back to the image, as TopdownPoseEstimator does."""
    scale, center, size = (sample.metainfo[f"input_{k}"] for k in ("scale", "center", "size"))
    return places / size * scale + center - 0.5 * scale


@pytest.fixture
def mpii(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Write MPII with people of about 200 pixels; return the joints as they are annotated."""
    generator = np.random.default_rng(0)
    joints = generator.uniform(50, 250, (PEOPLE, 16, 2)).round(2)
    people = [
        dict(image="1.jpg", center=[150, 135], scale=1.0, joints=j.tolist(), joints_vis=[1] * 16)
        for j in joints
    ]
    annotations = tmp_path / "data/mpii/annotations"
    annotations.mkdir(parents=True)
    for split in ("train", "val"):
        (annotations / f"mpii_{split}.json").write_text(json.dumps(people))
    heads = np.array([[0.0, 0.0], [30.0, 40.0]])  # 50 pixels across: PCK@0.1 is 3 pixels
    boxes = {"headboxes_src": np.tile(heads[..., None], PEOPLE)}
    savemat(str(annotations / "mpii_gt_val.mat"), boxes)
    (tmp_path / "data/mpii/images").mkdir()
    cv2.imwrite(str(tmp_path / "data/mpii/images/1.jpg"), np.zeros((300, 300, 3), np.uint8))
    monkeypatch.chdir(tmp_path)
    init_default_scope("mmpose")
    return joints


@pytest.mark.parametrize("name", leaves("pose/mpii"))
def test_mpii_joints_count_from_0_in_training_and_from_1_in_tests(
    name: str, mpii: np.ndarray
) -> None:
    cfg = load(name)
    kinds = [step.type for step in cfg.train_dataloader.dataset.pipeline]
    assert kinds.index("hrnet_mm.ZeroBasedKeypoints") < kinds.index("RandomFlip")
    trained, tested = (dataset(cfg, split, until="TopdownAffine") for split in ("train", "val"))
    for index, joints in enumerate(mpii):
        # mpii.py:71 of the official code
        np.testing.assert_allclose(trained[index]["keypoints"][0], joints - 1, atol=1e-4)
        np.testing.assert_allclose(tested[index]["keypoints"][0], joints, atol=1e-4)


@pytest.mark.parametrize("name", leaves("pose/mpii"))
def test_a_perfect_network_trained_on_mpii_is_right(name: str, mpii: np.ndarray) -> None:
    cfg = load(name)
    codec: Any = KEYPOINT_CODECS.build(cfg.model.head.decoder)
    metric: Any = METRICS.build(cfg.val_evaluator)
    trained, tested = dataset(cfg, "train"), dataset(cfg, "val")
    errors: list[np.ndarray] = []
    for index, joints in enumerate(mpii):
        learned = trained[index]["data_samples"]
        places, _ = codec.decode(learned.gt_fields.heatmaps.numpy())
        sample = tested[index]["data_samples"]
        found = in_image(places, sample)
        errors.append(found[0] + 1 - joints)
        metric.process({}, [dict(sample.to_dict(), pred_instances=dict(keypoints=found))])
    assert np.abs(np.mean(errors, axis=(0, 1))).max() < 0.3
    assert metric.compute_metrics(metric.results)["PCK@0.1"] == pytest.approx(100)
