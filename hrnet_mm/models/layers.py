"""The layers of HRNet: convolutions with norms, residual blocks, transitions, fusion modules.

Submodules have the names of the official code, so that public checkpoints fit.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.models.activation_checkpointing import maybe_checkpoint
from hrnet_mm.models.arch import EXPANSION, BlockKind, StageArch
from hrnet_mm.registry import MODELS, register


def default_init() -> list[dict[str, Any]]:
    """Return mmengine's ``init_cfg`` for Kaiming in convolutions and 1 / 0 in norms."""
    return [
        dict(type="Kaiming", layer="Conv2d"),
        dict(type="Constant", val=1, bias=0, layer=["_BatchNorm", "GroupNorm"]),
    ]


def norm_property(attribute: str) -> property:
    """Return a property for the norm whose name, such as "bn1", is in an attribute of the module.

    It is looked up at each access, since convert_sync_batchnorm replaces the norms.
    """
    return property(lambda module: getattr(module, getattr(module, attribute)))


@dataclass(frozen=True, kw_only=True)
class LayerFactory:
    """Builds convolutions and norms as the config says.

    Attributes:
        conv_cfg: Config of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Config of mmcv's ``build_norm_layer``; None for convolutions with a bias instead.
        with_cp: Whether activation checkpointing is used: by each module as a whole, and by
            residual blocks outside of modules.
    """

    conv_cfg: dict[str, Any] | None
    norm_cfg: dict[str, Any] | None
    with_cp: bool = False

    def conv(
        self, in_channels: int, out_channels: int, *, kernel_size: int, stride: int = 1
    ) -> nn.Module:
        """Build a convolution with "same" padding."""
        return build_conv_layer(
            self.conv_cfg,
            in_channels,
            out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            bias=self.norm_cfg is None,
        )

    def norm(self, channels: int, *, postfix: int | str = "") -> tuple[str, nn.Module]:
        """Build a norm; return mmcv's name for it (``bn1``, ``gn2``) and the norm."""
        assert self.norm_cfg is not None
        return build_norm_layer(self.norm_cfg, channels, postfix=postfix)

    def conv_norm(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel_size: int,
        stride: int = 1,
        relu: bool = False,
        named: bool = False,
    ) -> nn.Sequential:
        """Build convolution, norm and, if asked for, ReLU.

        With ``named`` they have the names of mmcv's ConvModule (conv, bn, activate), otherwise
        their numbers. A ConvModule itself would initialise its weights whatever ``init_cfg`` says.
        """
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["conv"] = self.conv(
            in_channels, out_channels, kernel_size=kernel_size, stride=stride
        )
        if self.norm_cfg is not None:
            name, layers[name] = self.norm(out_channels)
        if relu:
            layers["activate"] = nn.ReLU(inplace=True)
        return nn.Sequential(layers) if named else nn.Sequential(*layers.values())


class BasicBlock(nn.Module):
    """Basic residual block of stride 1 (He et al. 2016, arXiv 1512.03385)."""

    expansion = EXPANSION["basic"]
    norm1 = norm_property("norm1_name")
    norm2 = norm_property("norm2_name")

    def __init__(self, in_channels: int, channels: int, *, layers: LayerFactory) -> None:
        super().__init__()
        self.with_cp = layers.with_cp
        self.conv1 = layers.conv(in_channels, channels, kernel_size=3)
        self.norm1_name, norm1 = layers.norm(channels, postfix=1)
        self.add_module(self.norm1_name, norm1)
        self.conv2 = layers.conv(channels, channels, kernel_size=3)
        self.norm2_name, norm2 = layers.norm(channels, postfix=2)
        self.add_module(self.norm2_name, norm2)
        self.downsample = None
        if in_channels != channels:
            self.downsample = layers.conv_norm(in_channels, channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, channels, H, W)."""
        return self.relu(maybe_checkpoint(self._sum, x, owner=self, with_cp=self.with_cp))

    def _sum(self, x: Tensor) -> Tensor:
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return out


class Bottleneck(nn.Module):
    """Bottleneck residual block of stride 1 (He et al. 2016, arXiv 1512.03385)."""

    expansion = EXPANSION["bottleneck"]
    norm1 = norm_property("norm1_name")
    norm2 = norm_property("norm2_name")
    norm3 = norm_property("norm3_name")

    def __init__(self, in_channels: int, channels: int, *, layers: LayerFactory) -> None:
        super().__init__()
        self.with_cp = layers.with_cp
        out_channels = channels * self.expansion
        self.conv1 = layers.conv(in_channels, channels, kernel_size=1)
        self.norm1_name, norm1 = layers.norm(channels, postfix=1)
        self.add_module(self.norm1_name, norm1)
        self.conv2 = layers.conv(channels, channels, kernel_size=3)
        self.norm2_name, norm2 = layers.norm(channels, postfix=2)
        self.add_module(self.norm2_name, norm2)
        self.conv3 = layers.conv(channels, out_channels, kernel_size=1)
        self.norm3_name, norm3 = layers.norm(out_channels, postfix=3)
        self.add_module(self.norm3_name, norm3)
        self.downsample = None
        if in_channels != out_channels:
            self.downsample = layers.conv_norm(in_channels, out_channels, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, 4 * channels, H, W)."""
        return self.relu(maybe_checkpoint(self._sum, x, owner=self, with_cp=self.with_cp))

    def _sum(self, x: Tensor) -> Tensor:
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.relu(self.norm2(self.conv2(out)))
        out = self.norm3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return out


BLOCKS: dict[BlockKind, type[BasicBlock | Bottleneck]] = {
    "basic": BasicBlock,
    "bottleneck": Bottleneck,
}


def make_branch(
    in_channels: int, stage: StageArch, *, branch: int, layers: LayerFactory
) -> nn.Sequential:
    """Build the residual blocks of one branch of a stage."""
    block = BLOCKS[stage.block]
    widths = [in_channels] + [stage.out_channels[branch]] * (stage.blocks[branch] - 1)
    return nn.Sequential(*(block(width, stage.channels[branch], layers=layers) for width in widths))


class Transition(nn.ModuleList):
    """Maps the feature maps of one stage to the inputs of the next, which has one branch more."""

    def __init__(
        self, in_channels: Sequence[int], out_channels: Sequence[int], *, layers: LayerFactory
    ) -> None:
        conv = partial(layers.conv_norm, kernel_size=3, relu=True)
        kept = [
            nn.Identity() if before == after else conv(before, after)
            for before, after in zip(in_channels, out_channels[:-1], strict=True)
        ]
        new = nn.Sequential(conv(in_channels[-1], out_channels[-1], stride=2))
        super().__init__([*kept, new])

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Map the feature maps of n branches, highest resolution first, to those of n + 1."""
        # The new branch starts from the lowest resolution.
        return [layer(x) for layer, x in zip(self, [*inputs, inputs[-1]], strict=True)]


class HRModule(nn.Module):
    """High-resolution module: residual blocks in each branch, then fusion of the branches.

    Section 3.2 of the paper: lower resolutions are brought up by a 1×1 convolution and
    interpolation, higher ones down by strided 3×3 convolutions; the sum goes through ReLU.

    Args:
        stage: The stage that it is part of.
        out_branches: The branches to return; nothing is built for the fusion of the others.
        interpolation: Arguments of ``F.interpolate``.
        layers: Builds its layers.
    """

    def __init__(
        self,
        stage: StageArch,
        *,
        out_branches: Sequence[int],
        interpolation: dict[str, Any],
        layers: LayerFactory,
    ) -> None:
        super().__init__()
        self.interpolation = interpolation
        self.with_cp = layers.with_cp
        layers = replace(layers, with_cp=False)  # not by its blocks, too
        widths = stage.out_channels
        self.branches = nn.ModuleList(
            make_branch(width, stage, branch=i, layers=layers) for i, width in enumerate(widths)
        )
        # A dict, so that each row keeps its official name where others are left out.
        self.fuse_layers = nn.ModuleDict(
            {
                str(i): nn.ModuleList(_fuse_layer(j, i, widths, layers) for j in range(len(widths)))
                for i in out_branches
            }
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Map the feature maps of all branches to those of ``out_branches``.

        Branch i of both is (N, channels of branch i, ⌈H / 2**i⌉, ⌈W / 2**i⌉).
        """
        return maybe_checkpoint(self._exchange, inputs, owner=self, with_cp=self.with_cp)

    def _exchange(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        branches = [blocks(x) for blocks, x in zip(self.branches, inputs, strict=True)]
        return [self._fuse(int(i), row, branches) for i, row in self.fuse_layers.items()]

    def _fuse(self, i: int, row: nn.Module, branches: Sequence[Tensor]) -> Tensor:
        size = branches[i].shape[-2:]
        terms = [layer(x) for layer, x in zip(row.children(), branches, strict=True)]
        for j in range(i + 1, len(terms)):
            terms[j] = F.interpolate(terms[j], size=size, **self.interpolation)
        out = terms[0] + terms[1]  # not in place, since other rows read the branches
        for term in terms[2:]:
            out += term
        return self.relu(out)


def _fuse_layer(
    source: int, target: int, channels: Sequence[int], layers: LayerFactory
) -> nn.Module:
    """Build what brings a branch to the channels of another, and down to its resolution."""
    if source == target:
        return nn.Identity()
    if source > target:
        return layers.conv_norm(channels[source], channels[target], kernel_size=1)
    down = partial(layers.conv_norm, channels[source], kernel_size=3, stride=2)
    steps = [down(channels[source], relu=True) for _ in range(target - source - 1)]
    return nn.Sequential(*steps, down(channels[target]))


def make_stage(
    stage: StageArch,
    *,
    interpolation: dict[str, Any],
    layers: LayerFactory,
    out_branches: Sequence[int] | None = None,
) -> nn.Sequential:
    """Build the modules of a stage; the last returns ``out_branches``, by default all."""
    every = range(len(stage.channels))
    outputs = [every] * (stage.modules - 1) + [every if out_branches is None else out_branches]
    return nn.Sequential(
        *(
            HRModule(stage, out_branches=branches, interpolation=interpolation, layers=layers)
            for branches in outputs
        )
    )


@register(MODELS)
class DefaultInitConv2d(nn.Conv2d):
    """A convolution with PyTorch's default initialisation, also in mmcv's ConvModule.

    ConvModule initialises with Kaiming, whose weights are 2.4 to 3.5 times larger, unless its
    convolution has an ``init_weights``. For the ``conv_cfg`` of heads.
    """

    def init_weights(self) -> None:
        """Draw PyTorch's default weights again."""
        self.reset_parameters()
