"""Batch norms for channels_last: the numbers and names of PyTorch's, in the order of the input."""

import copy
from typing import Any

import pytest
import torch
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.models import HRNetArch, HRNetBackbone
from hrnet_mm.models.norms import FastBatchNorm2d, use_fast_norms

TINY = HRNetArch.of_width(6, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 1, 1))


def run(norm: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return output, gradients and statistics."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    y = norm(x)
    weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)
    gradients = torch.autograd.grad((y * weights).sum(), [x, *norm.parameters()])
    names = ["input", *dict(norm.named_parameters())]
    return {"output": y, **dict(zip(names, gradients, strict=True)), **dict(norm.named_buffers())}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format], ids=str)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("channels", [6, 8, 18])
def test_the_numbers_are_those_of_a_batch_norm(
    channels: int, training: bool, order: torch.memory_format, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(channels).to(dtype).train(training)
    nn.init.uniform_(norm.weight)
    x = torch.randn(3, channels, 9, 7, dtype=dtype).to(memory_format=order)
    expected = run(copy.deepcopy(norm), x)
    use_fast_norms(norm, training=True)
    assert type(norm) is FastBatchNorm2d
    given = run(norm, x)
    assert list(given) == list(expected)
    for name, tensor in given.items():
        torch.testing.assert_close(tensor, expected[name], msg=name)
    assert given["output"].is_contiguous(memory_format=order)


def test_pytorchs_own_order_is_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    stock = nn.BatchNorm2d.forward
    monkeypatch.setattr(
        nn.BatchNorm2d, "forward", lambda norm, x: seen.append(x.is_contiguous()) or stock(norm, x)
    )
    for channels, with_gradients in ((6, True), (24, True), (6, False)):
        x = torch.randn(2, channels, 4, 4).to(memory_format=torch.channels_last)
        with torch.set_grad_enabled(with_gradients):
            FastBatchNorm2d(channels)(x)
    assert seen == [True, False, False]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (dict(memory_format="channels_last"), FastBatchNorm2d),
        (dict(memory_format="channels_last", norm_cfg=dict(type="SyncBN")), FastBatchNorm2d),
        (dict(memory_format="channels_last", norm_eval=True), FastBatchNorm2d),
        ({}, nn.BatchNorm2d),
    ],
    ids=str,
)
def test_a_backbone_in_channels_last_trains_with_them(options: dict[str, Any], kind: type) -> None:
    net = HRNetBackbone(TINY, **options)
    keys = list(net.state_dict())
    net = revert_sync_batchnorm(net)  # as a Runner does on a CPU
    net.train()
    norms = [module for module in net.modules() if isinstance(module, _BatchNorm)]
    assert {type(norm) for norm in norms} == {kind}
    assert {norm.training for norm in norms} == {not options.get("norm_eval", False)}
    assert list(net.state_dict()) == keys


@pytest.mark.parametrize("norm_cfg", [None, dict(type="SyncBN")], ids=str)
def test_predictions_have_pytorchs_norms(norm_cfg: dict[str, Any] | None) -> None:
    net = HRNetBackbone(TINY, memory_format="channels_last", norm_cfg=norm_cfg)
    net = revert_sync_batchnorm(net).train()
    norms = {name: type(module) for name, module in net.named_modules()}
    assert FastBatchNorm2d in norms.values()
    assert not [norm for norm in net.eval().modules() if isinstance(norm, FastBatchNorm2d)]
    net.train()
    assert {name: type(module) for name, module in net.named_modules()} == norms


def test_an_init_cfg_finds_them() -> None:
    constant = dict(type="Constant", val=0.5, layer="_BatchNorm")
    net = HRNetBackbone(TINY, memory_format="channels_last", init_cfg=constant).train()
    net.init_weights()
    assert net.layer1[0].norm1.weight.unique().tolist() == [0.5]  # type: ignore


def test_norms_of_several_processes_and_others_stay() -> None:
    class Frozen(nn.BatchNorm2d):
        def train(self, mode: bool = True) -> "Frozen":
            del mode
            return super().train(False)

    norms = nn.ModuleList([nn.SyncBatchNorm(6), Frozen(6), nn.GroupNorm(2, 6)])
    kinds = [type(norm) for norm in norms]
    use_fast_norms(norms, training=True)
    assert [type(norm) for norm in norms] == kinds
