"""Channels last changes the order of weights, not what is computed."""

from types import SimpleNamespace
from typing import Any

import torch
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from hrnet_mm.hooks import ChannelsLastHook
from hrnet_mm.models import HRNetBackbone


def before_run(model: nn.Module) -> None:
    runner: Any = SimpleNamespace(model=model)
    ChannelsLastHook().before_run(runner)


def test_outputs_stay_the_same() -> None:
    model = HRNetBackbone("w18_small_v1").eval()
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected = model(image)
        before_run(model)
        maps = model(image)
    assert model.conv2.weight.is_contiguous(memory_format=torch.channels_last)  # type: ignore
    for x, wanted in zip(maps, expected, strict=True):
        assert x.is_contiguous(memory_format=torch.channels_last)
        assert (x - wanted).abs().max() <= 1e-5 * wanted.abs().max()


def test_a_wrapped_model_is_left_alone() -> None:
    """Else training in several processes ends in NaN (tests/integration/test_distributed.py)."""

    @MODEL_WRAPPERS.register_module(force=True)
    class Wrapper(nn.Module):
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

    model = nn.Conv2d(3, 4, 3)
    before_run(Wrapper(model))
    assert model.weight.is_contiguous()
