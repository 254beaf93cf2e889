"""Whole stock models of each toolbox load into ours, compute the same, and load back."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn

from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.checkpoint.convert import from_canonical, to_canonical
from hrnet_mm.checkpoint.loading import fit
from hrnet_mm.checkpoint.recognise import recognise
from hrnet_mm.models import ARCHS
from tests.checkpoint.models import ARCH, assert_same_weights, build, model_config, outputs_of
from tests.models.stock import randomise

OUTPUTS = 11
CHANNELS = list(ARCHS[ARCH].stage4.out_channels)
LAYOUTS = {
    "pose": "mmpose",
    "face": "mmpose landmarks",
    "seg": "mmseg",
    "ocr": "mmseg OCR",
    "det": "mmdet",
    "cls": "mmpretrain",
}


def stock_model(task: str) -> nn.Module:
    """Build what the toolbox's own configs describe, with random weights and statistics."""
    cfg: Any = model_config(task, outputs=OUTPUTS)
    extra = extra_of(ARCHS[ARCH])
    backbone: dict[str, Any] = dict(type="HRNet", extra=extra)
    concatenated = dict(
        in_channels=CHANNELS, in_index=(0, 1, 2, 3), input_transform="resize_concat"
    )
    if task == "face":
        extra["stage4"]["multiscale_output"] = True
        extra["upsample"] = dict(mode="bilinear", align_corners=False)
        cfg.neck = dict(type="FeatureMapProcessor", concat=True)
        cfg.head.update(conv_out_channels=(sum(CHANNELS),), conv_kernel_sizes=(1,))
    elif task == "seg":
        cfg.neck = None
        cfg.decode_head.update(concatenated, num_convs=1, kernel_size=1, norm_cfg=dict(type="BN"))
    elif task == "ocr":
        cfg.neck = None
        for head in cfg.decode_head:
            head.update(concatenated)
    elif task == "det":
        backbone["norm_eval"] = False
        cfg.neck = dict(type="HRFPN", in_channels=CHANNELS, out_channels=256, num_outs=5)
    elif task == "cls":
        cfg.neck[0] = dict(type="HRFuseScales", in_channels=CHANNELS)
    cfg.backbone = backbone
    model = build(task, cfg)
    randomise(model)
    return model


@pytest.mark.parametrize("task", LAYOUTS)
def test_whole_stock_model_and_back(task: str) -> None:
    stock = stock_model(task)
    ours = build(task, model_config(task, outputs=OUTPUTS))
    assert recognise(stock.state_dict()).layout.name == LAYOUTS[task]
    fitted, _ = fit(ours, stock.state_dict())
    ours.load_state_dict(fitted, strict=True)
    image = torch.randn(2, 3, 64, 96)
    outputs, expected = outputs_of(task, ours, image), outputs_of(task, stock, image)
    if task == "face":  # a bias went into a mean
        for a, b in zip(outputs, expected, strict=True):
            assert (a - b).abs().max() <= 1e-5 * b.abs().max()
    else:
        torch.testing.assert_close(outputs, expected, rtol=0, atol=0)

    back = from_canonical(ours.state_dict(), "openmmlab")
    stock.load_state_dict(back, strict=True)
    assert_same_weights(to_canonical(recognise(stock.state_dict())).weights, ours.state_dict())


OLD_NAMES = {
    "pose": ("mmpose 0.x", {"head.": "keypoint_head."}),
    "face": (
        "mmpose 0.x landmarks",
        {
            "head.conv_layers.": "keypoint_head.final_layer.",
            "head.final_layer.": "keypoint_head.final_layer.3.",
        },
    ),
}


@pytest.mark.parametrize("task", OLD_NAMES)
def test_names_of_0x(task: str) -> None:
    layout, renames = OLD_NAMES[task]
    weights = stock_model(task).state_dict()
    old = {_renamed(name, renames): weight for name, weight in weights.items()}
    found = recognise(old)
    assert found.layout.name == layout
    assert_same_weights(to_canonical(found).weights, to_canonical(recognise(weights)).weights)


def _renamed(name: str, renames: Mapping[str, str]) -> str:
    for new, old in renames.items():
        if name.startswith(new):
            return old + name.removeprefix(new)
    return name
