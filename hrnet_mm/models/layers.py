"""What HRNet is built of: convolutions with their norm, residual blocks, fusion modules.

Submodule names are those of the official code, so that every public checkpoint fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.models.arch import EXPANSION, BlockKind, StageArch
from hrnet_mm.models.recompute import checkpoint_once
from hrnet_mm.registry import MODELS, register

_KERNEL_SIZES: dict[BlockKind, tuple[int, ...]] = {"basic": (3, 3), "bottleneck": (1, 3, 1)}


def default_init() -> list[dict[str, Any]]:
    """Return mmengine's ``init_cfg`` for Kaiming in convolutions and 1 / 0 in norms."""
    return [
        dict(type="Kaiming", layer="Conv2d"),
        dict(type="Constant", val=1, bias=0, layer=["_BatchNorm", "GroupNorm"]),
    ]


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """How convolutions and norms are made: the one place where the options enter.

    Attributes:
        conv_cfg: Convolution of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Norm of mmcv's ``build_norm_layer``.
        with_cp: Whether residual blocks recompute their activations in the backward pass.
    """

    conv_cfg: dict[str, Any] | None
    norm_cfg: dict[str, Any]
    with_cp: bool

    def conv(
        self, in_channels: int, out_channels: int, *, kernel_size: int, stride: int = 1
    ) -> nn.Module:
        """Make a convolution without bias that keeps the size, up to its stride."""
        return build_conv_layer(
            self.conv_cfg,
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            bias=False,
        )

    def norm(self, channels: int, *, postfix: int | str = "") -> tuple[str, nn.Module]:
        """Make a norm; return its name (``bn1``, ``gn2``…) and the norm."""
        return build_norm_layer(self.norm_cfg, channels, postfix=postfix)

    def conv_norm(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int,
        stride: int = 1,
        relu: bool = False,
    ) -> nn.Sequential:
        """Make convolution, norm and, if asked for, ReLU."""
        conv = self.conv(in_channels, out_channels, kernel_size=kernel_size, stride=stride)
        _, norm = self.norm(out_channels)
        return nn.Sequential(conv, norm, *([nn.ReLU(inplace=True)] if relu else []))


class ResidualBlock(nn.Module):
    """Basic or bottleneck residual block of stride 1 (He et al. 2016, arXiv 1512.03385).

    Args:
        in_channels: Channels of the input.
        channels: Channels inside the block; it gives ``channels * EXPANSION[kind]``.
        kind: The kind of block.
        layers: How its layers are made.
    """

    def __init__(
        self, *, in_channels: int, channels: int, kind: BlockKind, layers: LayerConfig
    ) -> None:
        super().__init__()
        self.with_cp = layers.with_cp
        kernel_sizes = _KERNEL_SIZES[kind]
        out_channels = channels * EXPANSION[kind]
        widths = [in_channels, *[channels] * (len(kernel_sizes) - 1), out_channels]
        norm_names = []
        for i, kernel_size in enumerate(kernel_sizes):
            self.add_module(
                f"conv{i + 1}", layers.conv(widths[i], widths[i + 1], kernel_size=kernel_size)
            )
            name, norm = layers.norm(widths[i + 1], postfix=i + 1)
            self.add_module(name, norm)
            norm_names.append(name)
        self.norm_names = tuple(norm_names)
        self.downsample = None
        if in_channels != out_channels:
            self.downsample = layers.conv_norm(in_channels, out_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)

    @property
    def last_norm(self) -> nn.Module:
        """The norm before the sum."""
        return self.get_submodule(self.norm_names[-1])

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H, W)."""
        if self.with_cp and torch.is_grad_enabled():
            return self.relu(checkpoint_once(self._sum, x, owner=self))
        return self.relu(self._sum(x))

    def _sum(self, x: Tensor) -> Tensor:
        y = x
        for i, name in enumerate(self.norm_names, start=1):
            y = self.get_submodule(name)(self.get_submodule(f"conv{i}")(y))
            if i < len(self.norm_names):
                y = self.relu(y)
        y += x if self.downsample is None else self.downsample(x)
        return y


def branch(
    *, in_channels: int, channels: int, blocks: int, kind: BlockKind, layers: LayerConfig
) -> nn.Sequential:
    """Make a chain of residual blocks at one resolution."""
    block = partial(ResidualBlock, channels=channels, kind=kind, layers=layers)
    widths = [in_channels] + [channels * EXPANSION[kind]] * (blocks - 1)
    return nn.Sequential(*(block(in_channels=width) for width in widths))


def transition(
    *, before: Sequence[int], after: Sequence[int], layers: LayerConfig
) -> nn.ModuleList:
    """Make what leads the maps of one stage to the branches of the next, which has one more."""
    *kept, new = after
    links: list[nn.Module] = [
        nn.Identity()
        if width == wanted
        else layers.conv_norm(width, wanted, kernel_size=3, relu=True)
        for width, wanted in zip(before, kept, strict=True)
    ]
    down = layers.conv_norm(before[-1], new, kernel_size=3, stride=2, relu=True)
    return nn.ModuleList([*links, nn.Sequential(down)])


class Fusion(nn.Module):
    """One module of a stage: residual blocks in each branch, then every branch into every output.

    Section 3.2 of the paper: a coarser map is brought up by a 1×1 convolution and interpolation, a
    finer one down by strided 3×3 convolutions, and the sum goes through ReLU.

    Args:
        in_channels: Channels of each branch that comes in.
        stage: The stage that it is part of.
        outputs: The branches that are wanted; nothing is built for the others.
        interpolation: Arguments of ``F.interpolate``.
        layers: How its layers are made.
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        stage: StageArch,
        outputs: Sequence[int],
        interpolation: dict[str, Any],
        layers: LayerConfig,
    ) -> None:
        super().__init__()
        self.interpolation = interpolation
        self.branches = nn.ModuleList(
            branch(
                in_channels=width, channels=channels, blocks=blocks, kind=stage.block, layers=layers
            )
            for width, channels, blocks in zip(
                in_channels, stage.channels, stage.blocks, strict=True
            )
        )
        widths = stage.out_channels
        self.fuse_layers = nn.ModuleDict(  # keyed by output, so that a row keeps its official name
            {
                str(i): nn.ModuleList(_link(j, i, widths, layers) for j in range(len(widths)))
                for i in outputs
            }
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Map the branches, finest first, to the wanted outputs in the same order."""
        maps = [blocks(x) for blocks, x in zip(self.branches, maps, strict=True)]
        return [self._fuse(int(i), row, maps) for i, row in self.fuse_layers.items()]

    def _fuse(self, i: int, row: nn.Module, maps: Sequence[Tensor]) -> Tensor:
        terms = [link(x) for link, x in zip(row.children(), maps, strict=True)]
        size = maps[i].shape[-2:]
        for j in range(i + 1, len(terms)):
            terms[j] = F.interpolate(terms[j], size=size, **self.interpolation)
        total = terms[0] + terms[1]  # a new tensor: a term may be a map that other rows read
        for term in terms[2:]:
            total += term
        return self.relu(total)


def _link(source: int, target: int, widths: Sequence[int], layers: LayerConfig) -> nn.Module:
    """Make what brings a branch's map to the channels of another branch, and down to its size."""
    if source == target:
        return nn.Identity()
    if source > target:
        return layers.conv_norm(widths[source], widths[target], kernel_size=1)
    steps = [widths[source]] * (target - source) + [widths[target]]
    last = len(steps) - 2
    return nn.Sequential(
        *(
            layers.conv_norm(steps[k], steps[k + 1], kernel_size=3, stride=2, relu=k < last)
            for k in range(target - source)
        )
    )


@register(MODELS)
class DefaultInitConv2d(nn.Conv2d):
    """A convolution that starts as PyTorch's do, also in mmcv's ConvModule.

    ConvModule draws Kaiming's weights, which are 2.4 to 3.5 times larger, unless its convolution
    initialises itself. For heads' ``conv_cfg``.
    """

    def init_weights(self) -> None:
        """Draw PyTorch's default weights again."""
        self.reset_parameters()
