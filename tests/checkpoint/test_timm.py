"""The HRNets of timm and ours compute the same with each other's weights."""

from typing import Any

import pytest
import torch
from torch import nn

from hrnet_mm.checkpoint.convert import from_canonical, to_canonical
from hrnet_mm.checkpoint.loading import fit
from hrnet_mm.checkpoint.recognise import recognise
from hrnet_mm.models import ARCHS, HRNetBackbone
from tests.checkpoint.models import assert_close, assert_same_weights, build, model_config
from tests.models.stock import randomise

timm: Any = pytest.importorskip("timm")

ARCH_OF = {
    name: name.removeprefix("hrnet_").removesuffix("_ssld").replace("small", "small_v1")
    if name.endswith("_small")
    else name.removeprefix("hrnet_").removesuffix("_ssld")
    for name in timm.list_models("hrnet*")
}
NAMES = [
    pytest.param(name, marks=[pytest.mark.slow] if int(ARCH_OF[name][1:3]) > 32 else [])
    for name in ARCH_OF
]
SIZE = (64, 96)


def timm_model(name: str, **options: Any) -> nn.Module:
    model = timm.create_model(name, **options).eval()
    randomise(model)
    return model


def test_every_width_but_none_else_is_there() -> None:
    assert set(ARCH_OF.values()) == set(ARCHS)


@pytest.mark.parametrize("name", NAMES)
def test_classifier_from_timm_and_back(name: str) -> None:
    stock = timm_model(name)
    arch = ARCH_OF[name]
    ours = build("cls", model_config("cls", arch=arch, outputs=1000))
    found = recognise(stock.state_dict())
    assert found.arch_name == arch
    canonical = to_canonical(found).weights
    ours.load_state_dict(canonical, strict=True)
    image = torch.randn(1, 3, *SIZE)
    folded = any(key.endswith("downsamp_modules.0.0.bias") for key in stock.state_dict())
    with torch.no_grad():
        expected = stock(image)
        # The same operations in the same order, but for biases that went into means.
        assert_close([ours(image)], [expected], tolerance=1e-5 if folded else 0)

    back = from_canonical(ours.state_dict(), "timm" if folded else "timm_ssld")
    again = timm_model(name)
    again.load_state_dict(back, strict=True)
    assert_same_weights(to_canonical(recognise(again.state_dict())).weights, canonical)
    with torch.no_grad():
        assert_close([again(image)], [expected])


@pytest.mark.parametrize("name", NAMES)
def test_backbone_from_timm_and_back(name: str) -> None:
    stock = timm_model(name, features_only=True, feature_location="", out_indices=(1, 2, 3, 4))
    ours = HRNetBackbone(ARCH_OF[name]).eval()
    fitted, report = fit(ours, stock.state_dict())
    ours.load_state_dict(fitted, strict=True)
    assert not report.outcomes["missing"]
    image = torch.randn(1, 3, *SIZE)
    with torch.no_grad():
        for a, b in zip(ours(image), stock(image), strict=True):
            assert torch.equal(a, b)
    backbone = {f"backbone.{name}": weight for name, weight in ours.state_dict().items()}
    stock.load_state_dict(from_canonical(backbone, "timm"), strict=True)
