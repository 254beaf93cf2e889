"""HRNet: a backbone that keeps a high-resolution map from the stem to its end.

Wang et al. 2020, "Deep High-Resolution Representation Learning for Visual Recognition",
arXiv 1908.07919, section 3. The number of branches grows by one at each stage; fusion modules
exchange information between all branches, again and again::

    stride  4    C  ──●──────●──●────●●●●────●●●──▶  out_indices 0
    stride  8   2C         ╲─●──●────●●●●────●●●──▶              1
    stride 16   4C               ╲───●●●●────●●●──▶              2
    stride 32   8C                      ╲────●●●──▶              3
              stage   1      2        3        4

Branch i has stride ``4 * 2**i`` and, with the width C, ``C * 2**i`` channels. Parameters carry the
names of the official code (``stage3.0.fuse_layers.2.0.1.0.weight``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import BaseModule, PretrainedInit, constant_init
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import HRNetArch, find_arch
from hrnet_mm.models.layers import (
    Fusion,
    LayerConfig,
    ResidualBlock,
    branch,
    default_init,
    transition,
)
from hrnet_mm.registry import MODELS, register

STEM_CHANNELS = 64
NUM_BRANCHES = 4
UPSAMPLE_MODES = ("nearest", "bilinear")
_REPLACED_ARGUMENTS = {
    "pretrained": "init_cfg=dict(type='Pretrained', checkpoint=...)",
    "multiscale_output": "out_indices: (0,) for the finest map alone, (0, 1, 2, 3) for all",
    "extra": "arch, which takes the same dict",
}


@register(MODELS)
class HRNetBackbone(BaseModule):
    """High-resolution network for any OpenMMLab toolbox.

    Takes (N, in_channels, H, W) of any size from 1×1 up and gives a tuple with, for each i of
    ``out_indices`` in their order, a map (N, out_channels, ⌈H / 2**(i+2)⌉, ⌈W / 2**(i+2)⌉). Only
    what feeds a requested map is built.

    Args:
        arch: A name in `ARCHS`, an `HRNetArch`, or the ``extra`` dict of an OpenMMLab config.
        in_channels: Channels of the image.
        out_indices: The branches to return; (0,) is HRNetV1, all four feed HRNetV2 and V2p.
        upsample: How coarser maps are enlarged in the fusion modules: "nearest" as in the official
            pose, classification and detection code, "bilinear" as in the segmentation code.
        align_corners: For "bilinear"; True in the official HRNet-OCR models.
        conv_cfg: Convolution of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Norm of mmcv's ``build_norm_layer``; None for BN.
        norm_eval: Whether batch norms keep their running statistics while training.
        frozen_stages: -1 freezes nothing, 0 the stem, 1 also stage 1 and its transition, up to 4.
        with_cp: Whether residual blocks recompute their activations in the backward pass, which
            saves memory and gives the same gradients and running statistics.
        zero_init_residual: Whether the last norm of every residual block starts at zero.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: An argument is out of its choices, or is one that this class replaces.
    """

    def __init__(
        self,
        arch: str | HRNetArch | Mapping[str, Any],
        *,
        in_channels: int = 3,
        out_indices: Sequence[int] = (0, 1, 2, 3),
        upsample: str = "nearest",
        align_corners: bool = False,
        conv_cfg: dict[str, Any] | None = None,
        norm_cfg: dict[str, Any] | None = None,
        norm_eval: bool = False,
        frozen_stages: int = -1,
        with_cp: bool = False,
        zero_init_residual: bool = False,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
        **replaced: Any,
    ) -> None:
        _refuse_replaced(replaced)
        stages = find_arch(arch)
        out_indices = _check_out_indices(out_indices)
        interpolation = _interpolation(upsample, align_corners=align_corners)
        if isinstance(arch, Mapping):
            _check_extra(arch, out_indices=out_indices, interpolation=interpolation)
        if not isinstance(in_channels, int) or in_channels < 1:
            raise UserError(f"in_channels={in_channels!r}: give the image's channels, 1 or more")
        choices = range(-1, NUM_BRANCHES + 1)
        if not isinstance(frozen_stages, int) or frozen_stages not in choices:
            raise UserError(f"frozen_stages={frozen_stages!r}: choose from -1 to {NUM_BRANCHES}")
        super().__init__(init_cfg=init_cfg or default_init())
        self.out_indices = out_indices
        self.norm_eval = norm_eval
        self.frozen_stages = frozen_stages
        self.zero_init_residual = zero_init_residual
        self._widths = stages.stage4.out_channels
        self._build(
            stages,
            in_channels=in_channels,
            interpolation=interpolation,
            layers=LayerConfig(
                conv_cfg=conv_cfg, norm_cfg=norm_cfg or dict(type="BN"), with_cp=with_cp
            ),
        )
        self._freeze()

    def _build(
        self,
        stages: HRNetArch,
        *,
        in_channels: int,
        interpolation: dict[str, Any],
        layers: LayerConfig,
    ) -> None:
        self.conv1 = layers.conv(in_channels, STEM_CHANNELS, kernel_size=3, stride=2)
        norm1_name, norm1 = layers.norm(STEM_CHANNELS, postfix=1)
        self.add_module(norm1_name, norm1)
        self.conv2 = layers.conv(STEM_CHANNELS, STEM_CHANNELS, kernel_size=3, stride=2)
        norm2_name, norm2 = layers.norm(STEM_CHANNELS, postfix=2)
        self.add_module(norm2_name, norm2)
        self.stem_names = ("conv1", norm1_name, "conv2", norm2_name)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = branch(
            in_channels=STEM_CHANNELS,
            channels=stages.stage1.channels[0],
            blocks=stages.stage1.blocks[0],
            kind=stages.stage1.block,
            layers=layers,
        )
        widths = stages.stage1.out_channels
        for number, stage in enumerate((stages.stage2, stages.stage3, stages.stage4), start=2):
            links = transition(before=widths, after=stage.out_channels, layers=layers)
            self.add_module(f"transition{number - 1}", links)
            widths = stage.out_channels
            outputs: list[Sequence[int]] = [range(number)] * stage.modules
            if number == NUM_BRANCHES:
                outputs[-1] = sorted(self.out_indices)
            fusions = [
                Fusion(
                    in_channels=widths,
                    stage=stage,
                    outputs=rows,
                    interpolation=interpolation,
                    layers=layers,
                )
                for rows in outputs
            ]
            self.add_module(f"stage{number}", nn.Sequential(*fusions))

    @property
    def out_channels(self) -> tuple[int, ...]:
        """Channels of each returned map."""
        return tuple(self._widths[i] for i in self.out_indices)

    @property
    def out_strides(self) -> tuple[int, ...]:
        """Stride of each returned map, in pixels of the image."""
        return tuple(4 * 2**i for i in self.out_indices)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (N, in_channels, H, W) to the maps of ``out_indices``."""
        for name in self.stem_names:
            x = self.get_submodule(name)(x)
            if not name.startswith("conv"):
                x = self.relu(x)
        maps = [self.layer1(x)]
        for number in range(2, NUM_BRANCHES + 1):
            links = self.get_submodule(f"transition{number - 1}").children()
            # The new branch starts from the coarsest map there is.
            maps = [link(x) for link, x in zip(links, [*maps, maps[-1]], strict=True)]
            maps = self.get_submodule(f"stage{number}")(maps)
        order = sorted(self.out_indices)
        return tuple(maps[order.index(i)] for i in self.out_indices)

    def init_weights(self) -> None:
        """Initialise as ``init_cfg`` says, once; pretrained weights are not zeroed afterwards."""
        fresh = not self.is_init
        super().init_weights()
        configs = [self.init_cfg] if isinstance(self.init_cfg, Mapping) else self.init_cfg or ()
        pretrained = any(_loads_weights(config["type"]) for config in configs)
        if self.zero_init_residual and fresh and not pretrained:
            for module in self.modules():
                if isinstance(module, ResidualBlock):
                    constant_init(module.last_norm, 0)

    def train(self, mode: bool = True) -> "HRNetBackbone":
        """Set the mode; frozen stages, and norms under ``norm_eval``, stay in eval mode."""
        super().train(mode)
        self._freeze()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def _freeze(self) -> None:
        frozen = list(self.stem_names) if self.frozen_stages >= 0 else []
        for number in range(1, self.frozen_stages + 1):
            frozen.append("layer1" if number == 1 else f"stage{number}")
            if number < NUM_BRANCHES:
                frozen.append(f"transition{number}")
        for name in frozen:
            self.get_submodule(name).eval().requires_grad_(False)


def _loads_weights(initializer: str | type) -> bool:
    """Tell whether an ``init_cfg`` of this type, a name or a class, loads weights."""
    cls = WEIGHT_INITIALIZERS.get(initializer) if isinstance(initializer, str) else initializer
    return isinstance(cls, type) and issubclass(cls, PretrainedInit)


def _refuse_replaced(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if name not in _REPLACED_ARGUMENTS:
            raise UserError(f"HRNetBackbone takes no argument {name!r}")
        raise UserError(f"{name}={value!r}: use {_REPLACED_ARGUMENTS[name]}")


def _check_out_indices(out_indices: Sequence[int]) -> tuple[int, ...]:
    choices = range(NUM_BRANCHES)
    valid = isinstance(out_indices, Sequence) and all(
        isinstance(i, int) and i in choices for i in out_indices
    )
    if not valid or not out_indices or len(set(out_indices)) < len(out_indices):
        raise UserError(f"out_indices={out_indices!r}: give different ones of {tuple(choices)}")
    return tuple(out_indices)


def _interpolation(upsample: str, *, align_corners: bool) -> dict[str, Any]:
    if upsample not in UPSAMPLE_MODES:
        raise UserError(f"upsample={upsample!r}: choose from {UPSAMPLE_MODES}")
    if upsample == "nearest":
        if align_corners:
            raise UserError("align_corners=True needs upsample='bilinear', not 'nearest'")
        return dict(mode=upsample)
    return dict(mode=upsample, align_corners=align_corners)


def _check_extra(
    extra: Mapping[str, Any], *, out_indices: tuple[int, ...], interpolation: dict[str, Any]
) -> None:
    """Refuse an ``extra`` that asks for another upsampling or other outputs than the arguments."""
    upsample = extra.get("upsample", interpolation)
    if not isinstance(upsample, Mapping):
        raise UserError(f"extra.upsample={upsample!r}: give dict(mode=..., align_corners=...)")
    wanted, given = (
        (options.get("mode", "nearest"), bool(options.get("align_corners")))
        for options in (upsample, interpolation)
    )
    if wanted != given:
        raise UserError(
            f"extra.upsample={dict(upsample)!r} but the arguments say {interpolation!r}: "
            "set `upsample` and `align_corners` to match"
        )
    multiscale = extra["stage4"].get("multiscale_output")
    if multiscale is not None and multiscale != (out_indices != (0,)):
        raise UserError(
            f"extra.stage4.multiscale_output={multiscale!r} but out_indices={out_indices!r}: "
            "use out_indices=(0,) for False, (0, 1, 2, 3) for True"
        )
