"""Batch norms that are fast on a CPU for feature maps in channels_last."""

import math
from typing import Any

import torch
from mmengine.model.utils import _BatchNormXd  # what Runners make of SyncBN on a CPU
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

# Channels that PyTorch takes at once in channels_last, by the CPU; it is slow with the others.
_NARROW, _WIDE = 8, 16


class FastBatchNorm2d(nn.BatchNorm2d, _BatchNorm):  # mmengine's init_cfg looks at direct bases
    """A batch norm that trains some pixels as one where that is faster.

    If 8 does not divide the channels, PyTorch 2.11 takes many times longer in channels_last than in
    its own order. But in memory, k neighbouring pixels of C channels are one of k * C
    channels. The statistics of each group are put together; the result differs by rounding, and has
    no second derivatives. Where that cannot be, it goes through PyTorch's own order.
    benchmarks/speed_train_seg_xeon.md has a training step of W18.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape, in the same order."""
        if not _is_slow(input):
            return super().forward(input)
        pixels = _pixels_as_one(input)
        usual = (
            self.affine
            and self.weight.dtype == torch.float32
            and self.track_running_stats
            and self.momentum is not None
        )
        if pixels == 1 or not usual or not self.training:
            y = super().forward(input.contiguous())
            return y.contiguous(memory_format=torch.channels_last)
        y, mean, var = _BatchNormOfPixels.apply(input, self.weight, self.bias, self.eps, pixels)
        self._track(mean, var, number=input.numel() // input.shape[1])
        return y

    @torch.no_grad()
    def _track(self, mean: Tensor, var: Tensor, *, number: int) -> None:
        buffers: Any = self
        buffers.num_batches_tracked.add_(1)
        buffers.running_mean.lerp_(mean, self.momentum)
        buffers.running_var.lerp_(var * (number / (number - 1)), self.momentum)


def _is_slow(x: Tensor) -> bool:
    return (
        x.shape[1] % _NARROW != 0
        and x.device.type == "cpu"
        and x.dtype in {torch.float32, torch.bfloat16}
        and torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
        and x.is_contiguous(memory_format=torch.channels_last)
        and not x.is_contiguous()
    )


def _pixels_as_one(x: Tensor) -> int:
    """Return how many pixels to see as one; 1 where channels would still leave a rest."""
    channels = x.shape[1]
    pixels = math.gcd(x.numel() // channels, _WIDE // math.gcd(channels, _WIDE))
    return pixels if pixels * channels % _NARROW == 0 else 1


class _BatchNormOfPixels(torch.autograd.Function):
    """Returns what a batch norm makes of x, and the mean and the biased variance of each channel.

    Ioffe and Szegedy 2015, arXiv 1502.03167, section 3: forward as algorithm 1, backward its
    derivatives, put together from PyTorch's kernels with fixed statistics.
    """

    @staticmethod
    def forward(  # noqa: PLR0917  (autograd takes no keywords)
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, pixels: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        wide = _see_as_one(x, pixels)
        # Given in float32, although not needed, for the statistics to be in float32.
        unused = weight.new_zeros(wide.shape[1])
        means, variances = torch.batch_norm_update_stats(wide, unused, unused, 0.0)
        means, variances = means.view(pixels, -1), variances.view(pixels, -1)
        mean = means.mean(0)
        var = (variances + (means - mean) ** 2).mean(0)
        y = torch.empty_like(x)
        torch.ops.aten.native_batch_norm.out(
            wide,
            *(t.repeat(pixels) for t in (weight, bias, mean, var)),
            training=False,
            momentum=0.0,
            eps=eps,
            out=_see_as_one(y, pixels),
            save_mean=weight.new_empty(0),
            save_invstd=weight.new_empty(0),
        )
        ctx.save_for_backward(x, weight, mean, var)
        ctx.eps, ctx.pixels = eps, pixels
        ctx.mark_non_differentiable(mean, var)
        return y, mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, var = ctx.saved_tensors
        pixels, number = ctx.pixels, x.numel() // x.shape[1]
        wide = _see_as_one(x, pixels)
        wide_grad = _see_as_one(grad.contiguous(memory_format=torch.channels_last), pixels)
        statistics = [t.repeat(pixels) for t in (weight, mean, var)]
        sums = torch.ops.aten.native_batch_norm_backward(
            wide_grad, wide, *statistics, None, None, False, ctx.eps, [False, True, True]
        )[1:]
        grad_weight, grad_bias = (t.view(pixels, -1).sum(0) for t in sums)
        # weight / std * (grad - (grad_bias + x_hat * grad_weight) / number), in float32, since an
        # error of rounding that all pixels share adds up in the convolution before.
        std = (var + ctx.eps).sqrt()
        scale = weight / std
        slope = -scale * grad_weight / (number * std)
        offset = -scale * grad_bias / number - slope * mean
        scale, slope, offset = (t.repeat(pixels).view(1, -1, 1, 1) for t in (scale, slope, offset))
        wide_grad_x = torch.addcmul(offset, wide, slope).addcmul_(wide_grad, scale)
        grad_x = torch.empty_like(x)
        _see_as_one(grad_x, pixels).copy_(wide_grad_x)
        return grad_x, grad_weight, grad_bias, None, None


def _see_as_one(x: Tensor, pixels: int) -> Tensor:
    """View (N, C, H, W) in channels_last as (1, pixels * C, N * H * W / pixels, 1), likewise."""
    wide = pixels * x.shape[1]
    return x.permute(0, 2, 3, 1).view(1, -1, 1, wide).permute(0, 3, 1, 2)


def use_fast_norms(module: nn.Module, *, training: bool) -> None:
    """Let the batch norms in a module be `FastBatchNorm2d` for a training, and PyTorch's after it.

    Parameters and names stay. Norms of several processes and classes of the user's are left alone.
    """
    stock = (nn.BatchNorm2d, _BatchNormXd)
    new: dict[type, Any] = {FastBatchNorm2d: nn.BatchNorm2d}
    if training:
        new = dict.fromkeys(stock, FastBatchNorm2d)
    for norm in module.modules():
        if type(norm) in new:
            norm.__class__ = new[type(norm)]
