"""Whole models of this package, built by their toolboxes from the configs."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import MODELS, init_default_scope
from torch import Tensor, nn

from hrnet_mm.models import ARCHS, HRNetArch, HRNetBackbone
from tests.conftest import REPOSITORY
from tests.models.stock import randomise

ARCH = "w18_small_v1"
# Every kind of block and branch, but few of them.
TINY = HRNetArch.of_width(2, stage1_channels=2, stage1_blocks=1, blocks=1, modules=(1, 1, 1))
CONFIGS = {
    "pose": "_base_/models/pose/td-hm_hrnet.py",
    "cls": "_base_/models/cls/hrnet.py",
    "seg": "_base_/models/seg/fcn_hrnetv2.py",
    "ocr": "seg/cityscapes/mmseg/ocrnet_hr18s_4xb2-160k_cityscapes-512x1024.py",  # has both heads
    "face": "_base_/models/pose/td-hm_hrnetv2.py",
    "det": "_base_/models/det/faster-rcnn_hrnetv2p_mmdet.py",
}
SCOPES = {
    "pose": "mmpose",
    "face": "mmpose",
    "seg": "mmseg",
    "ocr": "mmseg",
    "det": "mmdet",
    "cls": "mmpretrain",
}


def model_config(
    task: str, *, outputs: int, arch: str = ARCH, align_corners: bool = False
) -> dict[str, Any]:
    """Read a model from a config and set its width and number of outputs."""
    cfg: Any = Config.fromfile(REPOSITORY / "configs" / CONFIGS[task]).model
    channels = ARCHS[arch].stage4.out_channels
    cfg.backbone.arch = arch
    if "neck" in cfg:
        cfg.neck.in_channels = channels
    if align_corners:
        cfg.backbone.align_corners = cfg.neck.align_corners = True
    if task in ("seg", "ocr"):
        heads = cfg.decode_head if task == "ocr" else [cfg.decode_head]
        for head in heads:
            head.update(in_channels=sum(channels), num_classes=outputs, align_corners=align_corners)
        heads[0].channels = sum(channels)
    elif task == "cls":
        cfg.neck = [
            dict(type="HRNetClsNeck", in_channels=channels),
            dict(type="GlobalAveragePooling"),
        ]
        cfg.head.num_classes = outputs
    elif task == "det":
        cfg.roi_head.bbox_head.num_classes = outputs
    else:
        into = channels[0] if task == "pose" else sum(channels)
        cfg.head.update(in_channels=into, out_channels=outputs)
    return cfg


def build(task: str, cfg: Any) -> nn.Module:
    """Build a model through its toolbox."""
    init_default_scope(SCOPES[task])
    return MODELS.build(cfg).eval()


def outputs_of(task: str, model: Any, image: Tensor) -> list[Tensor]:
    """Compute what the official model of the task gives."""
    with torch.no_grad():
        if task == "det":
            return list(model.extract_feat(image))
        output = model(image, None, mode="tensor")
    return [output] if isinstance(output, Tensor) else list(output)


def assert_close(
    ours: Sequence[Tensor], expected: Sequence[Tensor], *, tolerance: float = 1e-5
) -> None:
    """Compare, relative to the largest activation."""
    assert len(ours) == len(expected)
    for a, b in zip(ours, expected, strict=True):
        assert a.shape == b.shape
        assert (a - b).abs().max() <= tolerance * b.abs().max()


def assert_same_weights(ours: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Compare names and values."""
    assert ours.keys() == expected.keys()
    for name, weight in ours.items():
        assert torch.equal(weight, expected[name]), name


class Classifier(BaseModel):
    """A backbone, a neck and a head of some classes."""

    def __init__(self, classes: int = 4, *, backbone: str = "backbone") -> None:
        super().__init__()
        self.add_module(backbone, HRNetBackbone(TINY, out_indices=(0,)))
        self.neck = nn.Linear(2, 3)
        self.head = nn.Linear(3, classes)
        randomise(self)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(self.neck(inputs))


def part_of(weights: dict[str, Tensor], *prefixes: str) -> dict[str, Tensor]:
    """Take those whose names start so."""
    return {name: weight for name, weight in weights.items() if name.startswith(prefixes)}
