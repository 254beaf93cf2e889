"""Training with HRNetBackbone gives the losses of training with the toolbox's own HRNet."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.models import ARCHS
from tests.integration.toy import COCO_POSE
from tests.models.stock import extra_of

ITERATIONS = 20
ARCH = "w18_small_v1"


class Losses(Hook):
    """Remembers the loss of every iteration."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        del runner, batch_idx, data_batch
        self.values.append(float(outputs["loss"]))


def train(cfg: Config, *, weights: dict[str, torch.Tensor] | None) -> tuple[list[float], Any]:
    """Train from the given weights, or from new ones; return the losses and the first weights."""
    runner = Runner.from_cfg(copy.deepcopy(cfg))
    losses = Losses()
    runner.register_hook(losses)
    model: Any = runner.model
    model.init_weights()
    runner._init_model_weights = lambda: None  # the weights are set here
    if weights is not None:
        model.load_state_dict(weights, strict=True)
    start = copy.deepcopy(model.state_dict())
    runner.train()
    return losses.values, start


@pytest.mark.slow
def test_pose_losses_equal_those_of_mmpose(coco_tiny: Path, tmp_path: Path) -> None:
    cfg = Config.fromfile(COCO_POSE)
    cfg.model.backbone.pop("init_cfg")
    cfg.model.backbone.arch = ARCH
    cfg.model.head.in_channels = 16
    cfg.train_dataloader.update(batch_size=4, num_workers=0, persistent_workers=False)
    cfg.train_dataloader.dataset.update(
        data_root=str(coco_tiny), ann_file="test_coco.json", data_prefix=dict(img="")
    )
    cfg.param_scheduler = []  # no warm-up: every iteration changes the weights noticeably
    cfg.train_cfg = dict(by_epoch=True, max_epochs=7, val_interval=100)
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.test_dataloader = cfg.test_cfg = cfg.test_evaluator = None
    cfg.default_hooks.checkpoint = None
    cfg.log_level = "ERROR"
    cfg.work_dir = str(tmp_path / "ours")
    ours, weights = train(cfg, weights=None)

    cfg.work_dir = str(tmp_path / "stock")
    cfg.model.backbone = dict(
        type="HRNet",
        extra=extra_of(ARCHS[ARCH]),
        init_cfg=[
            dict(type="Kaiming", layer="Conv2d"),
            dict(type="Constant", val=1, layer="_BatchNorm"),
        ],
    )
    stock, _ = train(cfg, weights=weights)
    assert len(stock) >= ITERATIONS
    assert len(set(stock)) == len(stock)
    assert ours == pytest.approx(stock, rel=1e-5)
