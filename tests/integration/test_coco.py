"""The COCO config reads and evaluates real images, stock evaluator and all."""

import copy
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.launch.building import build_checked_runner
from tests.integration.toy import COCO_POSE


@pytest.fixture
def coco(coco_tiny: Path, tmp_path: Path) -> Config:
    """The shipped config on the four images, with the boxes of the annotations."""
    cfg = Config.fromfile(COCO_POSE)
    cfg.model.backbone.pop("init_cfg")
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False, batch_size=7)
        loader.dataset.update(
            data_root=str(coco_tiny),
            ann_file="test_coco.json",
            data_prefix=dict(img=""),
            bbox_file=None,
        )
    cfg.test_evaluator.ann_file = str(coco_tiny / "test_coco.json")
    cfg.work_dir = str(tmp_path)
    cfg.log_level = "ERROR"
    return cfg


def test_ground_truth_fed_back_scores_one(coco: Config) -> None:
    init_default_scope("mmpose")
    loader = Runner.build_dataloader(copy.deepcopy(coco.test_dataloader))
    evaluator = Evaluator(coco.test_evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo  # type: ignore
    people = 0
    for batch in loader:
        samples = batch["data_samples"]
        for sample in samples:
            truth = sample.gt_instances
            sample.pred_instances = truth.clone()
            sample.pred_instances.keypoint_scores = np.ones(truth.keypoints.shape[:2])
            people += 1
        evaluator.process(samples, batch)
    with redirect_stdout(io.StringIO()):
        metrics = evaluator.evaluate(people)
    assert people > 5
    assert metrics["coco/AP"] == pytest.approx(1.0)
    assert metrics["coco/AR"] == pytest.approx(1.0)


def test_each_image_is_decoded_once(coco: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by the checks of sizes and of damaged files, which see the image that is read."""
    decoded: list[Any] = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *args: decoded.append(1) or decode(*args))
    coco.model.backbone.arch = "w18_small_v1"
    with damaged_images_refused(), redirect_stdout(io.StringIO()):
        runner = build_checked_runner(coco, splits=("test",))
        runner.call_hook("before_run")
        images = sum(len(batch["inputs"]) for batch in runner.test_dataloader)
    assert images > 5
    assert len(decoded) == images


@pytest.mark.slow
def test_random_model_runs_through(coco: Config) -> None:
    with redirect_stdout(io.StringIO()):
        metrics = Runner.from_cfg(coco).test()
    assert 0 <= metrics["coco/AP"] < 0.2
