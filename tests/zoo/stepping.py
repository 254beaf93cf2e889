"""One step of training and one validation of a config, through its own pipelines and evaluator."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.models.arch import ARCHS

SMALLEST = "w18_small_v1"


class Watch(Hook):
    """Keeps what a step did to the backbone, the losses, the metrics, and who got gradients."""

    def __init__(self) -> None:
        self.before: dict[str, torch.Tensor] = {}
        self.without_gradient: set[str] = set()
        self.losses: dict[str, float] = {}
        self.metrics: dict[str, float] = {}

    def before_train(self, runner: Runner) -> None:
        model: Any = runner.model
        settle(model.backbone)
        self.before = {n: p.detach().clone() for n, p in model.backbone.named_parameters()}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.without_gradient.add(name)
                parameter.register_post_accumulate_grad_hook(
                    lambda _, name=name: self.without_gradient.discard(name)
                )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        self.losses = {key: float(value) for key, value in outputs.items()}
        loop: Any = runner.train_loop
        loop.stop_training = True  # the schedule goes on as far as the config says

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        self.metrics = metrics or {}

    def check_training(self, model: Any) -> None:
        assert self.losses
        assert all(map(math.isfinite, self.losses.values())), self.losses
        assert not self.without_gradient, "training on several GPUs would wait for their gradients"
        after = dict(model.backbone.named_parameters())
        assert any(not torch.equal(after[name], weight) for name, weight in self.before.items())


def step(cfg: Any, *, work_dir: Path, small: bool = False) -> dict[str, float]:
    """Train one iteration on the data in the working directory, validate, and give the metrics.

    Large images are made smaller, to a quarter for detectors. With ``small``, the width is the
    smallest one, and segmenters get a quarter too, otherwise a half.
    """
    cfg = shortened(cfg, work_dir=work_dir)
    if small:
        make_narrow(cfg.model)
    shrink(cfg, by=2 if cfg.default_scope == "mmseg" and not small else 4)
    if cfg.default_scope == "mmdet":
        make_sparse(cfg.model)
    best = cfg.default_hooks.checkpoint.get("save_best", "auto")
    cfg.default_hooks.checkpoint = None

    trains = "train_dataloader" in cfg
    watch = Watch()
    with patch.object(Config, "pretty_text", ""):  # the log's, whose layout takes seconds
        runner = build_checked_runner(cfg, splits=("train", "val") if trains else ("val",))
        runner.register_hook(watch)
        if trains:
            runner.train()
            watch.check_training(runner.model)
        else:
            runner.val()
    assert best == "auto" or best in watch.metrics, (best, list(watch.metrics))
    return watch.metrics


@torch.no_grad()
def settle(backbone: nn.Module) -> None:
    """Give the norms the statistics of noise: detectors keep them, and without them all explode."""
    norms = [module for module in backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    backbone(torch.randn(2, 3, 128, 128))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def shortened(cfg: Any, *, work_dir: Path) -> Any:
    """Copy a config for one iteration from scratch, with two images and in this process."""
    cfg = copy.deepcopy(cfg)
    cfg.work_dir = str(work_dir)
    cfg.launcher = "none"
    cfg.log_level = "ERROR"
    cfg.load_from = None
    cfg.model.backbone.pop("init_cfg", None)
    for loader in loaders(cfg):
        loader.update(num_workers=0, persistent_workers=False)
    if "train_dataloader" in cfg:
        cfg.train_dataloader.update(batch_size=2, num_batch_per_epoch=1)
        cfg.train_cfg.update(val_interval=1, val_begin=1)
        cfg.train_cfg.pop("dynamic_intervals", None)
    return cfg


def loaders(cfg: Any) -> list[Any]:
    """List the loaders of a config; one that is only tested has none to train."""
    keys = (f"{split}_dataloader" for split in ("train", "val", "test"))
    return [cfg[key] for key in keys if key in cfg]


def make_narrow(model: Any) -> None:
    """Replace the width of a model by the smallest one, wherever it says how wide it is."""
    old, new = (ARCHS[arch].stage4.channels for arch in (model.backbone.arch, SMALLEST))
    widths = {old[0]: new[0], sum(old): sum(new), old: new}
    model.backbone.arch = SMALLEST
    for node in nodes(model):
        for key in node.keys() & {"in_channels", "channels"}:
            value = tuple(node[key]) if isinstance(node[key], list) else node[key]
            node[key] = widths.get(value, value)


def shrink(cfg: Any, *, by: int) -> None:
    """Divide the sizes of a detector's or a segmenter's images, if they are large."""
    if cfg.default_scope not in ("mmdet", "mmseg"):
        return
    places = [(cfg.model.get("test_cfg") or {}, key) for key in ("crop_size", "stride")]
    places += [
        (node, key)
        for node in nodes([*loaders(cfg), cfg.model.data_preprocessor])
        for key in ("scale", "scales", "crop_size", "size", "max_size")
    ]
    places = [(node, key) for node, key in places if node.get(key) is not None]
    if max((largest(node[key]) for node, key in places), default=0) > 400:
        for node, key in places:
            node[key] = divided(node[key], by)


def make_sparse(model: Any) -> None:
    """Let a detector handle fewer boxes, and show those that an untrained one is unsure of."""
    for node in nodes([model.get("train_cfg"), model.get("test_cfg")]):
        if "score_thr" in node:
            node["score_thr"] = -1.0  # also what it is sure not to be
        for key in node.keys() & {"nms_pre", "max_per_img", "num"}:
            node[key] = min(node[key], 10)


def nodes(tree: Any) -> Iterator[Any]:
    """Yield every dict in a tree of dicts and lists."""
    if isinstance(tree, dict):
        yield tree
    children = tree.values() if isinstance(tree, dict) else tree
    if isinstance(tree, (dict, list, tuple)):
        for child in children:
            yield from nodes(child)


def largest(size: Any) -> float:
    return max(map(largest, size)) if isinstance(size, (list, tuple)) else size


def divided(size: Any, by: int) -> Any:
    if isinstance(size, (list, tuple)):
        return type(size)(divided(part, by) for part in size)
    return max(1, round(size / by))
