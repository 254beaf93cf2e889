"""Chooses how to train on own data: the shipped config to begin with, size, batch, length, weights.

Without a GPU and without weights it is the recipe of this package's small configs, which train in
minutes on a CPU; the sizes and lengths follow from the data such that BCCD, CamVid and mirror-mouse
get what their own configs have.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.config import Config

from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.model_zoo import ZooModel, find_model, nearest_names
from hrnet_mm.checkpoint.download import cached_path, is_available
from hrnet_mm.data.surveys.coco import CocoSurvey
from hrnet_mm.data.surveys.survey import Size, Survey
from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import ARCHS


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A length of training: images of a batch, iterations, and the least and most epochs."""

    batch: int
    iterations: int
    epochs: range = range(10, 300)
    seconds: float = 0.0  # of an iteration on two CPU cores; unknown if 0


# The configs of small sets, for a CPU, and what they were measured to take.
SMALL = {
    "pose": "td-hm_hrnet-w18-small-v1_1xb8-60e_mirror-mouse-192x192",
    "det": "faster-rcnn_hrnetv2p-w18-small-v1_1xb4-12e_bccd-240x320",
    "seg": "fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320",
    "cls": "cls_hrnet-w18-small-v1_18e_toy-64x64",
}
_SMALL_PLANS = {
    "pose": _Plan(batch=8, iterations=540, seconds=0.44),
    "det": _Plan(batch=4, iterations=876, seconds=0.75),
    "seg": _Plan(batch=4, iterations=1440, seconds=0.67),
    "cls": _Plan(batch=16, iterations=900),
}
# With weights a larger model learns in a few thousand iterations; these are not measured.
_LARGE_PLANS = {
    "pose": _Plan(batch=32, iterations=3000),
    "det": _Plan(batch=4, iterations=4000),
    "seg": _Plan(batch=4, iterations=6000),
    "cls": _Plan(batch=32, iterations=2000),
}
# Shipped configs with public weights, by the width; the first is for a GPU.
_LARGE = {
    "pose": {
        "w32": "td-hm_hrnet-w32_8xb64-210e_coco-256x192",
        "w48": "td-hm_hrnet-w48_8xb32-210e_coco-256x192",
    },
    "det": {w: f"faster-rcnn_hrnetv2p-{w}-1x_coco" for w in ("w18", "w32", "w40")},
    "seg": {
        "w18": "fcn_hr18_4xb2-160k_cityscapes-512x1024",
        "w18_small_v2": "fcn_hr18s_4xb2-160k_cityscapes-512x1024",
        "w48": "fcn_hr48_4xb2-160k_cityscapes-512x1024",
    },
    "cls": {w: f"hrnet-{w}_4xb32_in1k" for w in ("w18", "w30", "w32", "w40", "w44", "w48", "w64")},
}
_POSE_SIDE = 192  # of the crop, where the config is a small one
_DET_SIDES = (320, 640)  # the least and the most of the long side
_DET_OBJECT = 30  # pixels that a small object, the tenth of a hundred, should keep
_SEG_SIDES = {True: 480, False: 1024}  # the most of the long side, of small configs and others
_SEG_CROP = 0.69  # of the sides
_CLS_SIDES = (64, 128)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train on own data.

    Attributes:
        task: "pose", "seg", "det" or "cls".
        base: The shipped config.
        cfg: Its content.
        arch: The width; that of the base unless the base is a small config.
        weights: The address of a whole model to start from.
        backbone: The address of a pretrained backbone.
        reason: Why the weights are as they are, in a line.
        batch: Samples of an iteration.
        epochs: How many, and after how many each the model is validated.
        iterations: Of an epoch.
        size: Width and height of what the network gets; of segmentation the crop.
        scale: Width and height to which images are scaled before they are cropped.
        lr: The learning rate for this batch.
        on_gpu: Whether there is a GPU here.
        minutes: How long it takes on two CPU cores; None if that is unknown.
    """

    task: str
    base: ZooModel
    cfg: Config
    arch: str
    weights: str | None
    backbone: str | None
    reason: str
    batch: int
    epochs: int
    interval: int
    iterations: int
    size: Size
    scale: Size
    lr: float
    on_gpu: bool
    minutes: int | None

    @property
    def length(self) -> str:
        """How long it takes, in words."""
        takes = f"about {self.minutes} min on two CPU cores, " if self.minutes else ""
        device = "" if self.on_gpu else " (for a CPU, as no GPU was found)"
        return f"{takes}{self.epochs} epochs of {self.iterations} iterations{device}"

    @property
    def is_small(self) -> bool:
        """Whether the base is one of the small configs."""
        return self.base.name == SMALL[self.task]


def choose_recipe(
    survey: Survey, *, task: str, name: str | None = None, arch: str | None = None
) -> Recipe:
    """Choose how to train on surveyed data.

    Args:
        survey: The data.
        task: "pose", "seg", "det" or "cls".
        name: Of the shipped config to use.
        arch: The width, a name of `ARCHS`.

    Raises:
        UserError: There is no such config or width, or the config does not fit the data.
    """
    if arch is not None and arch not in ARCHS:
        raise UserError(f"--arch {arch}: choose from {', '.join(ARCHS)}")
    base = _base(task, name=name, arch=arch)
    cfg = read_config(str(base.config))
    _check_base(base, cfg, survey, arch=arch if name else None)
    is_small = base.name == SMALL[task]
    arch = arch or str(cfg.model.backbone.arch)
    weights, backbone, reason = _weights(base, task=task, arch=arch)
    on_gpu = torch.cuda.is_available()
    plan = (_SMALL_PLANS if is_small or not on_gpu else _LARGE_PLANS)[task]
    batch = min(plan.batch, survey.train.count)
    iterations = survey.train.count // batch if task == "seg" else -(-survey.train.count // batch)
    epochs = min(max(round(plan.iterations / iterations), plan.epochs.start), plan.epochs.stop)
    size, scale = _sizes(survey, cfg, task=task, is_small=is_small)
    seconds = plan.seconds * _pixels(task, size, scale) if is_small and not on_gpu else 0
    return Recipe(
        task=task,
        base=base,
        cfg=cfg,
        arch=arch,
        weights=weights,
        backbone=backbone,
        reason=reason,
        batch=batch,
        epochs=epochs,
        interval=max(1, epochs // (4 if task == "seg" else 6)),
        iterations=iterations,
        size=size,
        scale=scale,
        lr=_learning_rate(cfg, batch),
        on_gpu=on_gpu,
        minutes=math.ceil(seconds * iterations * epochs / 60) or None,
    )


def _base(task: str, *, name: str | None, arch: str | None) -> ZooModel:
    if name is not None:
        base = find_model(name, task=task)
        if base.task != task:
            raise UserError(
                f"{name} is for {base.task}, not for {task}; the nearest names: "
                f"{nearest_names(name, task=task)}"
            )
        return base
    large, small = _LARGE[task], find_model(SMALL[task])
    if arch is None and not torch.cuda.is_available():
        return small
    published = find_model(large.get(arch or next(iter(large)), small.name))
    # Its learning rate is for weights to start from; that of the small config is for none.
    return published if published.weights and is_available(published.weights) else small


def _check_base(base: ZooModel, cfg: Config, survey: Survey, *, arch: str | None) -> None:
    if "train_dataloader" not in cfg:
        raise UserError(f"{base.name} is to test only: choose another, as its description says")
    model = cfg.model
    if model.get("roi_head", {}).get("semantic_head"):
        raise UserError(
            f"{base.name} learns from semantic label maps beside masks, which COCO files have not: "
            "take a cascade-mask-rcnn"
        )
    if arch is not None and arch != model.backbone.arch and base.name not in SMALL.values():
        raise UserError(f"{base.name} is of {model.backbone.arch}: leave out --arch {arch}")
    if model.get("roi_head", {}).get("mask_head"):
        assert isinstance(survey, CocoSurvey)
        if not survey.with_masks:
            raise UserError(
                f"{base.name} learns masks, but not all annotations have a segmentation: take a "
                "faster-rcnn or cascade-rcnn"
            )


def _weights(base: ZooModel, *, task: str, arch: str) -> tuple[str | None, str | None, str]:
    """Return the whole model or else the backbone to start from, and why."""
    if base.weights:
        if is_available(base.weights):
            return base.weights, None, f"from the published {base.name}{_when(base.weights)}"
        return None, None, f"from scratch: {base.weights} cannot be fetched from here"
    name = _LARGE["cls"].get(arch)
    pretrained = find_model(name).weights if name else None
    if pretrained is None:
        return None, None, f"from scratch: there are no public weights of {base.name}"
    if is_available(pretrained):
        return None, pretrained, f"from the backbone of {name}{_when(pretrained)}"
    return None, None, f"from scratch: {pretrained} cannot be fetched from here"


def _when(address: str) -> str:
    return "" if cached_path(address).is_file() else ", which the training fetches at its start"


def _sizes(survey: Survey, cfg: Config, *, task: str, is_small: bool) -> tuple[Size, Size]:
    width, height = survey.size
    if task == "pose":
        assert isinstance(survey, CocoSurvey)
        codec = cfg.model.head.decoder
        size = _pose_size(survey, _POSE_SIDE if is_small else max(codec.input_size))
        return size, size
    if task == "det":
        assert isinstance(survey, CocoSurvey)
        objects = np.percentile(np.sqrt(survey.boxes.prod(1)), 10)
        least, most = _DET_SIDES
        long = min(max(width, height) * _DET_OBJECT / max(objects, 1), most)
        scale = _scaled(survey.size, max(long, least), multiple=16)
        return scale, scale
    if task == "seg":
        scale = _scaled(survey.size, _SEG_SIDES[is_small])
        crop = tuple(max(64, round(_SEG_CROP * side / 32) * 32) for side in scale)
        return (crop[0], crop[1]), scale
    side = _CLS_SIDES[min(width, height) > _CLS_SIDES[0]]
    return (side, side), (side, side)


def _pose_size(survey: CocoSurvey, side: int) -> Size:
    """Return three fourths of one side where boxes are upright or wide, as COCO's configs do."""
    aspect = float(np.median(survey.boxes[:, 0] / survey.boxes[:, 1].clip(1)))
    if aspect < 0.8:
        return side * 3 // 4, side
    return (side, side * 3 // 4) if aspect > 1.25 else (side, side)


def _scaled(size: Size, long: float, *, multiple: int = 1) -> Size:
    """Return a size with the same ratio whose long side is ``long``, and no more than it was."""
    factor = min(1.0, long / max(size))
    width, height = (max(multiple, round(factor * side / multiple) * multiple) for side in size)
    return width, height


def _pixels(task: str, size: Size, scale: Size) -> float:
    """Compare the pixels of an image with those of the config whose time is known."""
    known = {"pose": 192 * 192, "det": 320 * 240, "seg": 320 * 256, "cls": 128 * 128}[task]
    return float(np.prod(scale if task == "det" else size)) / known


def _learning_rate(cfg: Config, batch: int) -> float:
    """Scale the base's learning rate to a batch, with two digits.

    In proportion for SGD (Goyal et al. 2017, arXiv 1706.02677), by the square root for Adam
    (Malladi et al. 2022, arXiv 2205.10287).
    """
    optimizer: Any = cfg.optim_wrapper.optimizer
    base = cfg.get("auto_scale_lr", {}).get("base_batch_size") or cfg.train_dataloader.batch_size
    ratio = min(1.0, batch / base)
    return float(f"{optimizer.lr * (ratio if optimizer.type == 'SGD' else ratio**0.5):.2g}")
