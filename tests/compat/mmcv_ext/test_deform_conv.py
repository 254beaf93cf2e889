"""mmcv's deformable convolutions on the stand-in."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import hrnet_mm  # noqa: F401  (mmcv.ops imports only after it)
from tests.compat.mmcv_ext import operator_formulas as formulas
from tests.compat.mmcv_ext.operator_formulas import assert_same, random_tensor

# isort: split
from mmcv import ops

Layer = ops.DeformConv2d | ops.ModulatedDeformConv2d

GEOMETRIES = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (0, 2), "dilation": (1, 2)},
    {"kernel_size": 2, "groups": 2, "deform_groups": 2},
]


def _inputs_of(layer: Layer) -> list[Tensor]:
    """Maps (2, 4, 6, 5), offsets of up to several pixels and a mask that fit the layer."""
    strides = zip(
        (6, 5), layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True
    )
    size = [(side + 2 * p - d * (k - 1) - 1) // s + 1 for side, k, s, p, d in strides]
    taps = math.prod(layer.kernel_size) * layer.deform_groups
    offset = 2 * random_tensor(2, 2 * taps, *size)
    mask = random_tensor(2, taps, *size).sigmoid()
    return [tensor.requires_grad_() for tensor in (random_tensor(2, 4, 6, 5), offset, mask)]


def _wanted(layer: Layer, maps: Tensor, offset: Tensor, mask: Tensor) -> Tensor:
    return formulas.deform_conv(
        maps,
        offset,
        mask,
        layer.weight,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        offset_groups=layer.deform_groups,
    )


@pytest.mark.parametrize("options", GEOMETRIES)
def test_deform_conv(options: dict) -> None:
    layer = ops.DeformConv2d(4, 6, **options).double()
    maps, offset, mask = _inputs_of(layer)
    wanted = _wanted(layer, maps, offset, torch.ones_like(mask))
    assert_same(layer(maps, offset), wanted, inputs=[maps, offset, layer.weight])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("options", GEOMETRIES)
def test_modulated_deform_conv(options: dict, bias: bool) -> None:
    layer = ops.ModulatedDeformConv2d(4, 6, bias=bias, **options).double()
    inputs = _inputs_of(layer)
    wanted = _wanted(layer, *inputs)
    if bias:
        torch.nn.init.normal_(layer.bias)
        wanted = wanted + layer.bias[:, None, None]
    assert_same(layer(*inputs), wanted, inputs=[*inputs, *layer.parameters()])


def test_deform_conv_without_offset_is_a_convolution() -> None:
    layer = ops.DeformConv2dPack(4, 6, 3, padding=1)
    maps = torch.randn(2, 4, 7, 9)
    torch.testing.assert_close(layer(maps), F.conv2d(maps, layer.weight, padding=1))


def test_modulated_deform_conv_starts_as_half_a_convolution() -> None:
    layer = ops.ModulatedDeformConv2dPack(4, 6, 3, padding=1)  # its mask starts as sigmoid(0)
    maps = torch.randn(2, 4, 7, 9)
    torch.testing.assert_close(layer(maps), F.conv2d(maps, layer.weight, padding=1) / 2)


def test_half_precision_offsets() -> None:
    layer = ops.DeformConv2d(4, 6, 3, padding=1)  # under AMP its offsets come in 16 bits
    maps, offset, mask = _inputs_of(layer)
    output = layer(maps.float(), offset.half())
    output.sum().backward()
    assert output.dtype == torch.float16
    assert layer.weight.grad is not None
    wanted = _wanted(layer.double(), maps, offset, torch.ones_like(mask))
    torch.testing.assert_close(output.double(), wanted, atol=0.02, rtol=0.02)


def _results_on(device: str) -> list[Tensor]:
    """Outputs and gradients of both convolutions, in float32."""
    results = []
    for options, kind in zip(
        GEOMETRIES * 2, [ops.DeformConv2d, ops.ModulatedDeformConv2d] * 3, strict=True
    ):
        torch.manual_seed(0)
        layer = kind(4, 6, **options).to(device)
        inputs = [
            tensor.detach().float().to(device).requires_grad_() for tensor in _inputs_of(layer)
        ]
        inputs = inputs[:2] if kind is ops.DeformConv2d else inputs
        output = layer(*inputs)
        gradients = torch.autograd.grad(output.square().sum(), [*inputs, *layer.parameters()])
        results += [output, *gradients]
    return [result.cpu() for result in results]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_equals_cpu() -> None:
    for on_cuda, on_cpu in zip(_results_on("cuda"), _results_on("cpu"), strict=True):
        torch.testing.assert_close(on_cuda, on_cpu, atol=1e-4, rtol=1e-4)
