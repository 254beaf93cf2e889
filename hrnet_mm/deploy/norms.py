"""Folds norms into the convolutions before them."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from mmcv import cnn
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from hrnet_mm.models import HRNetBackbone
from hrnet_mm.models.layers import BasicBlock, Bottleneck

# A class that inherits the forward of one of these computes the same; mmcv's are for empty inputs.
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, cnn.Conv2d, cnn.ConvTranspose2d)
_BATCH_NORMS = (_BatchNorm, nn.SyncBatchNorm)


def fold_norms(model: nn.Module) -> None:
    """Fold the batch norms of a model in eval mode where a plain convolution is before one.

    Norms of other kinds stay, and those before which there is another layer.
    """
    for module in model.modules():
        for conv_name, norm_name in _successive(module):
            conv, norm = getattr(module, conv_name), getattr(module, norm_name)
            if _is_plain(conv) and _has_fixed_statistics(norm):
                transposed = isinstance(conv, nn.ConvTranspose2d)
                # A new convolution, since heads share one between levels with norms of their own.
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm, transpose=transposed))
                setattr(module, norm_name, nn.Identity().eval())
                if isinstance(module, cnn.ConvModule):  # which would still look for its norm
                    module.turn_on_efficient_conv_bn_eval(False)


def _successive(module: nn.Module) -> Iterable[tuple[str, str]]:
    """Return the names of children of which the second takes what the first gives, and no other."""
    forward = type(module).forward
    if forward is nn.Sequential.forward:
        return pairwise(module._modules)  # unlike named_children, with those that come twice
    if forward is cnn.ConvModule.forward:
        return _successive_in_conv_module(module)
    if isinstance(module, HRNetBackbone | BasicBlock | Bottleneck):
        convs = [name for name in ("conv1", "conv2", "conv3") if hasattr(module, name)]
        return [(conv, getattr(module, f"{conv.replace('conv', 'norm')}_name")) for conv in convs]
    return []


def _successive_in_conv_module(module: Any) -> Iterator[tuple[str, str]]:
    if module.with_norm and ("conv", "norm") in pairwise(module.order):
        yield "conv", module.norm_name


def _is_plain(conv: nn.Module) -> bool:
    """Tell whether a module is a convolution that uses its weights as they are stored."""
    if not isinstance(conv, nn.Conv2d | nn.ConvTranspose2d):
        return False
    return (
        type(conv).forward in {cls.forward for cls in _CONVOLUTIONS}
        and "weight" in conv._parameters  # not computed from others at each call
        and not (conv.transposed and conv.groups > 1)
    )


def _has_fixed_statistics(norm: nn.Module) -> bool:
    """Tell whether a module is a batch norm that does not compute statistics of its input."""
    return (
        isinstance(norm, _BatchNorm)
        and type(norm).forward in {cls.forward for cls in _BATCH_NORMS}
        and norm.running_mean is not None
    )
