"""Training with hrnet_mm's parts gives the losses of training with the toolboxes' own."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.models import ARCHS
from tests.integration.toy import COCO_POSE, small_toy

ITERATIONS = 10
ARCH = "w18_small_v1"
CHANNELS = list(ARCHS[ARCH].stage4.out_channels)
KAIMING = [
    dict(type="Kaiming", layer="Conv2d"),
    dict(type="Constant", val=1, layer="_BatchNorm"),
]

Weights = dict[str, torch.Tensor]


class Losses(Hook):
    """Remembers the loss of every iteration."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        del runner, batch_idx, data_batch
        self.values.append(float(outputs["loss"]))


def train(cfg: Config, *, weights: Weights | None) -> tuple[list[float], Weights]:
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


def train_only(cfg: Config, folder: Path, *, iterations: int) -> Config:
    """Leave the training alone: no warm-up, so that every iteration changes the weights."""
    cfg.param_scheduler = []
    cfg.train_cfg = dict(by_epoch=False, max_iters=iterations, val_interval=1000)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler", shuffle=True)
    for split in ("val", "test"):
        for part in ("dataloader", "cfg", "evaluator"):
            cfg[f"{split}_{part}"] = None
    cfg.default_hooks.checkpoint = None
    cfg.log_level = "ERROR"
    cfg.work_dir = str(folder)
    return cfg


def assert_same_losses(
    cfg: Config,
    stock: dict[str, Any],
    *,
    rename: Callable[[str], str] = lambda name: name,
    iterations: int = ITERATIONS,
) -> None:
    """Train a config and the same with stock parts, from the same weights, and compare."""
    ours, weights = train(cfg, weights=None)
    for part, stock_part in stock.items():  # not update, which merges
        cfg.model[part] = stock_part
    expected, _ = train(cfg, weights={rename(name): w for name, w in weights.items()})
    assert len(expected) == iterations
    assert len(set(expected)) == iterations
    assert ours == pytest.approx(expected, rel=1e-5)


def stock_hrnet(**options: Any) -> dict[str, Any]:
    return dict(type="HRNet", extra=extra_of(ARCHS[ARCH]), init_cfg=KAIMING, **options)


@pytest.mark.slow
def test_pose_losses_equal_those_of_mmpose(coco_tiny: Path, tmp_path: Path) -> None:
    cfg = train_only(Config.fromfile(COCO_POSE), tmp_path, iterations=20)
    cfg.model.backbone.pop("init_cfg")
    cfg.model.backbone.arch = ARCH
    cfg.model.head.in_channels = CHANNELS[0]
    cfg.train_dataloader.update(batch_size=4, num_workers=0, persistent_workers=False)
    cfg.train_dataloader.dataset.update(
        data_root=str(coco_tiny), ann_file="test_coco.json", data_prefix=dict(img="")
    )
    assert_same_losses(cfg, dict(backbone=stock_hrnet()), iterations=20)


@pytest.mark.slow
def test_segmentation_losses_equal_those_of_mmseg(toy_scenes: Path, tmp_path: Path) -> None:
    """There the concatenation and its convolution are part of the head."""
    cfg = train_only(small_toy("seg", toy_scenes), tmp_path, iterations=ITERATIONS)
    size = (128, 128)  # at sizes that are not divisible by 32 mmseg resizes twice
    cfg.model.data_preprocessor.size = size
    (crop,) = (step for step in cfg.train_dataloader.dataset.pipeline if step.type == "RandomCrop")
    crop.crop_size = size
    stock_head = dict(
        cfg.model.decode_head,
        in_channels=CHANNELS,
        in_index=(0, 1, 2, 3),
        input_transform="resize_concat",
        kernel_size=1,
        num_convs=1,
        norm_cfg=dict(type="BN"),
    )
    assert_same_losses(
        cfg,
        dict(backbone=stock_hrnet(), neck=None, decode_head=stock_head),
        rename=lambda name: name.replace("neck.fuse_conv.", "decode_head.convs.0."),
    )


@pytest.mark.slow
def test_detection_losses_equal_those_of_mmdet(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = train_only(small_toy("det", toy_scenes), tmp_path, iterations=ITERATIONS)
    cfg.model.data_preprocessor.pad_size_divisor = 32  # which mmdet's HRNet needs
    cfg.model.neck.norm_cfg = None  # which HRFPN ignores
    neck = dict(
        type="HRFPN", in_channels=CHANNELS, out_channels=cfg.model.neck.out_channels, num_outs=5
    )
    assert_same_losses(cfg, dict(backbone=stock_hrnet(norm_eval=False), neck=neck))


@pytest.mark.slow
def test_classification_losses_equal_those_of_mmpretrain(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = train_only(small_toy("cls", toy_scenes), tmp_path, iterations=ITERATIONS)
    neck = [
        dict(type="HRFuseScales", in_channels=CHANNELS),
        dict(type="GlobalAveragePooling"),
    ]
    assert_same_losses(cfg, dict(backbone=stock_hrnet(), neck=neck))
