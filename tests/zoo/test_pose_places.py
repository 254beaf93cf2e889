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

from tests.test_codecs import draw, read
from tests.zoo.configs import leaves, load
from tests.zoo.fake_data import WRITERS
from tests.zoo.test_pose_siblings import FACES

RANDOM = {
    "RandomFlip",
    "RandomBBoxTransform",
    "hrnet_mm.ClippedBBoxTransform",
    "hrnet_mm.UniformBBoxTransform",
}
PEOPLE = 20


def dataset(cfg: Any, split: str, *, until: str | None = None) -> Any:
    """Build the dataset of a split without what is random, its pipeline up to a step."""
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


@pytest.mark.parametrize("name", FACES)
def test_maps_of_a_perfect_official_network_are_read_as_well_as_officially(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = Path(name).parts[1]
    WRITERS[data](tmp_path / "data" / data)
    init_default_scope("mmpose")
    cfg = load(name)
    codec: Any = KEYPOINT_CODECS.build(cfg.model.head.decoder)
    ours, official = (METRICS.build(cfg.val_evaluator) for _ in range(2))
    faces = dataset(cfg, "val")
    for metric in (ours, official):
        metric.dataset_meta = faces.metainfo
    for item in faces:
        sample = item["data_samples"]
        corner, cell = in_image(np.zeros(2), sample), sample.metainfo["input_scale"] / 64
        places = (sample.gt_instances.keypoints[0] - corner) / cell
        heatmaps = np.array(
            [draw(place, cfg.model.head.decoder.sigma) for place in places], np.float32
        )

        found = in_image(codec.decode(heatmaps)[0], sample)
        there = corner + cell * np.array([[read(heatmap) for heatmap in heatmaps]])
        there = np.floor(there) + 1  # transform_pixel: to a whole pixel
        for metric, keypoints in ((ours, found), (official, there)):
            predicted = dict(pred_instances=dict(keypoints=keypoints))
            metric.process({}, [dict(sample.to_dict(), **predicted)])
    ours, official = (metric.compute_metrics(metric.results)["NME"] for metric in (ours, official))
    assert ours <= official


def test_official_crops_of_cofw_are_around_the_landmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    WRITERS["cofw"](tmp_path / "data/cofw")
    init_default_scope("mmpose")
    (name,) = (name for name in FACES if "cofw" in name)
    for split in ("train", "val"):
        for item in dataset(load(name), split):
            sample = item["data_samples"]
            landmarks = sample.gt_instances.keypoints[0]
            # cofw.py:63-72 of the official code
            low, high = np.floor(landmarks.min(0)), np.ceil(landmarks.max(0))
            np.testing.assert_allclose(sample.metainfo["input_center"], (low + high) / 2)
            np.testing.assert_allclose(
                sample.metainfo["input_scale"], 1.25 * max(high - low), rtol=1e-6
            )
