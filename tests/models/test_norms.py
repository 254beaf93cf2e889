"""Batch norms for channels_last: the numbers and names of PyTorch's, in the order of the input."""

import copy
from typing import Any

import pytest
import torch
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.models import HRNetArch, HRNetBackbone
from hrnet_mm.models.norms import (
    FastBatchNorm2d,
    _BatchNormOfPixels,
    _is_slow,
    _pixels_as_one,
    use_fast_norms,
)

TINY = HRNetArch.of_width(6, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 1, 1))


def run(norm: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return output, gradients and statistics."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    y = norm(x)
    # Numbers that all types have, as the input's are.
    weights = torch.linspace(-1, 1, y.numel()).bfloat16().to(y.dtype).view_as(y)
    gradients = torch.autograd.grad((y * weights).sum(), [x, *norm.parameters()])
    names = ["input", *dict(norm.named_parameters())]
    return {"output": y, **dict(zip(names, gradients, strict=True)), **dict(norm.named_buffers())}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64], ids=str)
@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format], ids=str)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("channels", "width"), [(6, 8), (8, 8), (18, 12), (36, 6), (18, 7)])
def test_the_numbers_are_those_of_a_batch_norm(
    channels: int, width: int, training: bool, order: torch.memory_format, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(channels).train(training)
    nn.init.uniform_(norm.weight)
    nn.init.uniform_(norm.bias)
    x = torch.randn(3, channels, 8, width, dtype=dtype).add(1).to(memory_format=order)
    expected = run(copy.deepcopy(norm).double(), x.double())
    if dtype == torch.float64:
        norm.double()
    use_fast_norms(norm, training=True)
    assert type(norm) is FastBatchNorm2d
    given = run(norm, x)
    assert list(given) == list(expected)
    rounding = {torch.bfloat16: 0.02, torch.float32: 1e-5, torch.float64: 1e-12}[dtype]
    for name, tensor in given.items():
        torch.testing.assert_close(
            tensor.double(), expected[name].double(), rtol=rounding, atol=rounding
        )
    assert given["output"].is_contiguous(memory_format=order)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_convolution_before_learns_as_exactly(dtype: torch.dtype) -> None:
    # What all pixels round alike adds up in its gradient.
    torch.manual_seed(0)
    x, grad = torch.randn(2, 2, 18, 64, 64) + 1
    x, grad, kernel = (t.to(dtype) for t in (x, grad, torch.randn(18, 18, 3, 3)))

    def gradient(kind: type[nn.BatchNorm2d], dtype: torch.dtype) -> Tensor:
        weight = kernel.to(dtype, copy=True).requires_grad_()
        norm = kind(18).to(torch.promote_types(dtype, torch.float32))
        y = norm(F.conv2d(x.to(dtype).to(memory_format=torch.channels_last), weight, padding=1))
        y.backward(grad.to(dtype).to(memory_format=torch.channels_last))
        assert weight.grad is not None
        return weight.grad.double()

    exact = gradient(nn.BatchNorm2d, torch.float64)
    fast, stock = (
        torch.linalg.vector_norm(gradient(kind, dtype) - exact)
        for kind in (FastBatchNorm2d, nn.BatchNorm2d)
    )
    assert fast <= 1.1 * stock


@pytest.mark.parametrize("options", [dict(momentum=None), dict(affine=False), {}], ids=str)
@pytest.mark.parametrize("tracking", [True, False])
def test_each_kind_of_batch_norm_learns_its_statistics(
    options: dict[str, Any], tracking: bool
) -> None:
    stock = nn.BatchNorm2d(6, track_running_stats=tracking, **options)
    fast = FastBatchNorm2d(6, track_running_stats=tracking, **options)
    for seed in range(3):
        x = torch.randn(2, 6, 4, 4, generator=torch.Generator().manual_seed(seed))
        x = x.to(memory_format=torch.channels_last)
        torch.testing.assert_close(fast(x), stock(x))
        torch.testing.assert_close(fast.state_dict(), stock.state_dict())


def test_weights_in_half_precision_are_left_to_pytorch() -> None:
    x = torch.randn(2, 18, 4, 4).bfloat16().to(memory_format=torch.channels_last)
    stock, fast = nn.BatchNorm2d(18).bfloat16(), FastBatchNorm2d(18).bfloat16()
    torch.testing.assert_close(fast(x), stock(x.contiguous()), rtol=0, atol=0)


@pytest.mark.parametrize("pixels", [1, 2, 8])
def test_its_gradients_are_derivatives(pixels: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64).to(memory_format=torch.channels_last)
    weight, bias = torch.randn(2, 3, dtype=torch.float64).unbind()
    inputs = [tensor.clone().requires_grad_() for tensor in (x, weight, bias)]
    torch.autograd.gradcheck(lambda *t: _BatchNormOfPixels.apply(*t, 1e-5, pixels)[0], inputs)


@pytest.mark.parametrize(
    ("channels", "dtype", "slow"),
    [
        (18, torch.float32, True),
        (36, torch.bfloat16, True),
        (24, torch.float32, False),
        (18, torch.float64, False),
    ],
    ids=str,
)
def test_channels_that_leave_a_rest_are_slow(channels: int, dtype: torch.dtype, slow: bool) -> None:
    x = torch.randn(2, channels, 4, 4).to(dtype)
    assert _is_slow(x.to(memory_format=torch.channels_last)) == slow
    assert not _is_slow(x)
    with torch.no_grad():
        assert not _is_slow(x.to(memory_format=torch.channels_last))


@pytest.mark.parametrize(
    ("channels", "size", "pixels"),
    [
        (18, (4, 4), 8),
        (36, (4, 4), 4),
        (18, (2, 3), 4),  # 12 pixels in two images
        (18, (3, 3), 1),  # 18, of which two as one would leave a rest as before
    ],
    ids=str,
)
def test_so_many_pixels_are_put_together(channels: int, size: tuple[int, int], pixels: int) -> None:
    assert _pixels_as_one(torch.empty(2, channels, *size)) == pixels


@pytest.mark.parametrize(
    ("size", "options"), [((3, 3), {}), ((4, 4), dict(momentum=None)), ((4, 4), dict(affine=False))]
)
def test_elsewhere_pytorchs_own_order_serves(
    size: tuple[int, int], options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    stock = nn.BatchNorm2d.forward
    monkeypatch.setattr(
        nn.BatchNorm2d, "forward", lambda norm, x: seen.append(x.is_contiguous()) or stock(norm, x)
    )
    x = torch.randn(2, 18, *size).to(memory_format=torch.channels_last)
    y = FastBatchNorm2d(18, **options)(x)
    assert seen == [True]
    assert y.is_contiguous(memory_format=torch.channels_last)


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
