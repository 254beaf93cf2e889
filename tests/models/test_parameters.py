"""Whole models have the published numbers of parameters, but for biases that a norm undoes."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from hrnet_mm.models import ARCHS, HRNetBackbone, HRNetClsNeck
from tests.models.stock import count_parameters

CHANNELS = {arch: stages.stage4.out_channels for arch, stages in ARCHS.items()}

# Of the official models, instantiated with their yaml. Their README has them in millions: 13.2,
# 15.6, 21.3, 37.7, 41.2, 57.6, 67.1, 77.5 and 128.1.
OFFICIAL_CLS = {
    "w18_small_v1": 13_187_464,
    "w18_small_v2": 15_597_464,
    "w18": 21_299_004,
    "w30": 37_712_220,
    "w32": 41_232_680,
    "w40": 57_557_160,
    "w44": 67_064_984,
    "w48": 77_469_864,
    "w64": 128_059_944,
}
# Published: 1.5, 3.9 and 65.9 (19 classes), 70.3 with OCR.
OFFICIAL_SEG = {
    ("w18_small_v1", 19): 1_540_819,
    ("w18_small_v2", 19): 3_939_579,
    ("w48", 19): 65_859_379,
    ("w48", 20): 65_860_100,
    ("w48", 59): 65_888_219,
    ("w48", 150): 65_953_830,
}
OFFICIAL_OCR = {("w48", 19): 70_372_678, ("w48", 150): 70_534_332}
# Biases of convolutions before a norm, which the official heads have and ours do not.
CLS_BIASES = sum(4 * wider for _, wider in pairwise((32, 64, 128, 256))) + 2048
OCR_WIDTH = 512


@pytest.mark.parametrize("arch", ARCHS)
def test_classifier_has_the_published_parameters_but_redundant_biases(arch: str) -> None:
    with torch.device("meta"):
        backbone = HRNetBackbone(arch)
        model = nn.ModuleList(
            [backbone, HRNetClsNeck(backbone.out_channels), nn.Linear(2048, 1000)]
        )
    assert CLS_BIASES == 3840
    assert count_parameters(model) + CLS_BIASES == OFFICIAL_CLS[arch]


def build_segmentor(arch: str, num_classes: int, *, ocr: bool) -> nn.Module:
    """Build the model of the official Cityscapes config, of that width."""
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmseg.registry import MODELS

    from tests.conftest import REPOSITORY

    folder = REPOSITORY / "configs/seg/cityscapes/official"
    name = "ocrnet" if ocr else "fcn"
    cfg = Config.fromfile(folder / f"{name}_hr48_4xb3-120k_cityscapes-512x1024.py").model
    cfg.backbone.arch = arch
    cfg.neck.in_channels = CHANNELS[arch]
    total = sum(CHANNELS[arch])
    first, *others = cfg.decode_head if ocr else [cfg.decode_head]
    first.update(in_channels=total, channels=total, num_classes=num_classes)
    for head in others:
        head.update(in_channels=total, num_classes=num_classes)
    init_default_scope("mmseg")
    with torch.device("meta"):
        return MODELS.build(cfg)


@pytest.mark.parametrize(("arch", "classes"), OFFICIAL_SEG, ids=str)
def test_segmentor_has_the_published_parameters_but_redundant_biases(
    arch: str, classes: int
) -> None:
    model = build_segmentor(arch, classes, ocr=False)
    biases = sum(CHANNELS[arch])
    assert count_parameters(model) + biases == OFFICIAL_SEG[arch, classes]


@pytest.mark.parametrize(("arch", "classes"), OFFICIAL_OCR, ids=str)
def test_ocr_has_the_published_parameters_but_redundant_biases(arch: str, classes: int) -> None:
    model = build_segmentor(arch, classes, ocr=True)
    biases = sum(CHANNELS[arch]) + OCR_WIDTH
    assert count_parameters(model) + biases == OFFICIAL_OCR[arch, classes]
