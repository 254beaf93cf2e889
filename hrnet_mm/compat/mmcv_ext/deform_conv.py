"""mmcv's deformable convolutions, served by torchvision's prebuilt CPU and CUDA kernels.

Called by `mmcv.ops` in its own convention, see `operators`. Both sample bilinearly, with zero
outside the feature map, and take offsets with y before x. mmcv's buffers are not used.
"""

# ruff: noqa: PLR0917 (mmcv passes the tensors by position)
from collections.abc import Mapping

import torch
from torch import Tensor

from hrnet_mm.compat.mmcv_ext.operators import kernels, to_common_dtype

__all__ = [
    "deform_conv_backward_input",
    "deform_conv_backward_parameters",
    "deform_conv_forward",
    "modulated_deform_conv_backward",
    "modulated_deform_conv_forward",
]


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **geometry: int,
) -> None:
    """Deformable convolution (Dai et al. 2017) of (N, C, H, W), without bias.

    ``offset`` is (N, deformable_group·kH·kW·2, H_out, W_out), y before x.
    """
    input, weight, offset = to_common_dtype(input, weight, offset)
    output.copy_(kernels.deform_conv2d(*_unmodulated(input, weight, offset, geometry=geometry)))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """The gradients of `deform_conv_forward` with respect to input and offset."""
    grad_output, input, weight, offset = to_common_dtype(grad_output, input, weight, offset)
    arguments = _unmodulated(input, weight, offset, geometry=geometry)
    gradients = kernels._deform_conv2d_backward(grad_output, *arguments)
    grad_input.copy_(gradients[0])
    grad_offset.copy_(gradients[2])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    *,
    scale: float,
    **geometry: int,
) -> None:
    """Adds ``scale`` times the gradient with respect to the weight to ``grad_weight``."""
    grad_output, input, offset = to_common_dtype(grad_output, input, offset)
    weight = torch.zeros_like(grad_weight, dtype=input.dtype)  # its gradient is independent of it
    arguments = _unmodulated(input, weight, offset, geometry=geometry)
    gradients = kernels._deform_conv2d_backward(grad_output, *arguments)
    grad_weight.add_(gradients[1], alpha=scale)


def _unmodulated(
    input: Tensor, weight: Tensor, offset: Tensor, *, geometry: Mapping[str, int]
) -> tuple:
    """The kernels' arguments for a convolution with neither mask nor bias."""
    mask, bias = input.new_zeros(len(input), 1), input.new_zeros(len(weight))
    names = ("dH", "dW", "padH", "padW", "dilationH", "dilationW", "group", "deformable_group")
    return input, weight, offset, mask, bias, *(geometry[name] for name in names), False


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Modulated deformable convolution (DCNv2, Zhu et al. 2019): each sample weighed by ``mask``.

    ``mask`` is (N, deformable_group·kH·kW, H_out, W_out), ``bias`` has no element if there is none.
    """
    tensors = to_common_dtype(input, weight, offset, mask, bias)
    output.copy_(kernels.deform_conv2d(*_modulated(*tensors, geometry=geometry)))


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    **geometry: int,
) -> None:
    """The gradients of `modulated_deform_conv_forward`."""
    grad_output, *tensors = to_common_dtype(grad_output, input, weight, offset, mask, bias)
    gradients = kernels._deform_conv2d_backward(
        grad_output, *_modulated(*tensors, geometry=geometry)
    )
    wanted = [grad_input, grad_weight, grad_offset, grad_mask]
    if geometry["with_bias"]:
        wanted.append(grad_bias)
    for target, gradient in zip(wanted, gradients, strict=False):
        target.copy_(gradient)


def _modulated(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor,
    bias: Tensor,
    *,
    geometry: Mapping[str, int],
) -> tuple:
    """The kernels' arguments for a modulated convolution."""
    bias = bias if geometry["with_bias"] else input.new_zeros(len(weight))
    axes = (f"{name}_{axis}" for name in ("stride", "pad", "dilation") for axis in "hw")
    names = (*axes, "group", "deformable_group")
    return input, weight, offset, mask, bias, *(geometry[name] for name in names), True
