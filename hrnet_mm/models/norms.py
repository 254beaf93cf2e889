"""Batch norms that are fast on a CPU for feature maps in channels_last."""

from typing import Any

import torch
from mmengine.model.utils import _BatchNormXd  # what Runners make of SyncBN on a CPU
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

# PyTorch's kernels for channels_last take this many channels at once, and the rest slowly.
_VECTOR = 8


class FastBatchNorm2d(nn.BatchNorm2d, _BatchNorm):  # mmengine's init_cfg looks at direct bases
    """A batch norm that goes through PyTorch's own order where that is faster.

    In training in float32, and with a number of channels that 8 does not divide, PyTorch 2.11 takes
    longer in channels_last than for two copies besides. The result differs by rounding.
    benchmarks/speed_train_seg_xeon.md has a training step of W18.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape, in the same order."""
        if not _is_slow(input):
            return super().forward(input)
        y = super().forward(input.contiguous())
        return y.contiguous(memory_format=torch.channels_last)


def _is_slow(x: Tensor) -> bool:
    return (
        x.shape[1] % _VECTOR != 0
        and x.device.type == "cpu"
        and x.dtype == torch.float32
        and torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
        and x.is_contiguous(memory_format=torch.channels_last)
        and not x.is_contiguous()
    )


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
