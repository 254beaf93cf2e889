"""mmcv's deformable convolutions, served by torchvision's prebuilt CPU and CUDA kernels.

Called by `mmcv.ops` in its own convention, see `operators`. Both sample bilinearly, with zero
outside the feature map, and take offsets with y before x. mmcv's buffers are not used.
"""

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
    input: Tensor, weight: Tensor, offset: Tensor, output: Tensor, *_: Tensor, **geometry: int
) -> None:
    """Deformable convolution (Dai et al. 2017) of (N, C, H, W), without bias.

    ``offset`` is (N, deformable_group·kH·kW·2, H_out, W_out), y before x.
    """
    tensors = to_common_dtype(input, weight, offset)
    output.copy_(kernels.deform_conv2d(*_unmodulated(*tensors, geometry=geometry)))


def deform_conv_backward_input(*tensors: Tensor, **geometry: int) -> None:
    """The gradients of `deform_conv_forward` with respect to input and offset."""
    input, offset, grad_output, grad_input, grad_offset, weight, _ = tensors
    grad_output, *arguments = to_common_dtype(grad_output, input, weight, offset)
    gradients = _gradients(grad_output, *_unmodulated(*arguments, geometry=geometry))
    grad_input.copy_(gradients[0])
    grad_offset.copy_(gradients[2])


def deform_conv_backward_parameters(*tensors: Tensor, scale: float, **geometry: int) -> None:
    """Adds ``scale`` times the gradient with respect to the weight to ``grad_weight``."""
    input, offset, grad_output, grad_weight, *_ = tensors
    grad_output, input, offset = to_common_dtype(grad_output, input, offset)
    weight = torch.zeros_like(grad_weight, dtype=input.dtype)  # its gradient is independent of it
    gradients = _gradients(grad_output, *_unmodulated(input, weight, offset, geometry=geometry))
    grad_weight.add_(gradients[1], alpha=scale)


def modulated_deform_conv_forward(*tensors: Tensor, **geometry: int) -> None:
    """Modulated deformable convolution (DCNv2, Zhu et al. 2019): each sample weighed by ``mask``.

    ``mask`` is (N, deformable_group·kH·kW, H_out, W_out), ``bias`` has no element if there is none.
    """
    input, weight, bias, _, offset, mask, output, _ = tensors
    arguments = to_common_dtype(input, weight, offset, mask, bias)
    output.copy_(kernels.deform_conv2d(*_modulated(*arguments, geometry=geometry)))


def modulated_deform_conv_backward(*tensors: Tensor, **geometry: int) -> None:
    """The gradients of `modulated_deform_conv_forward`."""
    input, weight, bias, _, offset, mask, _, *outputs, grad_output = tensors
    grad_input, grad_weight, grad_bias, grad_offset, grad_mask = outputs
    grad_output, *arguments = to_common_dtype(grad_output, input, weight, offset, mask, bias)
    gradients = _gradients(grad_output, *_modulated(*arguments, geometry=geometry))
    wanted = [grad_input, grad_weight, grad_offset, grad_mask]
    if geometry["with_bias"]:
        wanted.append(grad_bias)
    for target, gradient in zip(wanted, gradients, strict=False):
        target.copy_(gradient)


_gradients = kernels._deform_conv2d_backward  # of input, weight, offset, mask and bias


def _unmodulated(
    input: Tensor, weight: Tensor, offset: Tensor, *, geometry: Mapping[str, int]
) -> tuple:
    """The kernels' arguments for a convolution with neither mask nor bias."""
    mask, bias = input.new_zeros(len(input), 1), input.new_zeros(len(weight))
    names = ("dH", "dW", "padH", "padW", "dilationH", "dilationW", "group", "deformable_group")
    return input, weight, offset, mask, bias, *(geometry[name] for name in names), False


def _modulated(*tensors: Tensor, geometry: Mapping[str, int]) -> tuple:
    """The kernels' arguments for a modulated convolution."""
    input, weight, offset, mask, bias = tensors
    bias = bias if geometry["with_bias"] else input.new_zeros(len(weight))
    axes = (f"{name}_{axis}" for name in ("stride", "pad", "dilation") for axis in "hw")
    names = (*axes, "group", "deformable_group")
    return input, weight, offset, mask, bias, *(geometry[name] for name in names), True
