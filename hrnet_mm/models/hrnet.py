"""HRNet: a backbone that keeps a high resolution from the stem to the end.

Wang et al. 2020, "Deep High-Resolution Representation Learning for Visual Recognition",
arXiv 1908.07919, section 3. Each stage adds a branch of half the resolution; after the residual
blocks of each module, every branch receives information from all others::

    stride  4    C  ──●──────●──●────●●●●────●●●──▶  out_indices 0
    stride  8   2C         ╲─●──●────●●●●────●●●──▶              1
    stride 16   4C               ╲───●●●●────●●●──▶              2
    stride 32   8C                      ╲────●●●──▶              3
              stage   1      2        3        4

Branch i has stride ``4 * 2**i`` and, for width C, ``C * 2**i`` channels. Parameters have the names
of the official code (``stage3.0.fuse_layers.2.0.1.0.weight``).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from mmengine.model import BaseModule, PretrainedInit, constant_init
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import HRNetArch, find_arch
from hrnet_mm.models.layers import (
    BasicBlock,
    Bottleneck,
    LayerFactory,
    Transition,
    default_init,
    make_branch,
    make_stage,
    norm_property,
)
from hrnet_mm.models.norms import use_fast_norms
from hrnet_mm.registry import MODELS, register

STEM_CHANNELS = 64
NUM_BRANCHES = 4
UPSAMPLE_MODES = ("nearest", "bilinear")
MEMORY_FORMATS = (None, "channels_last")
_REPLACED_ARGUMENTS = {
    "pretrained": "init_cfg=dict(type='Pretrained', checkpoint=...)",
    "multiscale_output": "out_indices: (0,) for the highest resolution alone, (0, 1, 2, 3) for all",
    "extra": "arch, which takes the same dict",
}


@register(MODELS)
class HRNetBackbone(BaseModule):
    """High-resolution network for any OpenMMLab toolbox.

    Takes images (N, in_channels, H, W) of any size from 1×1 up and returns a tuple with, for each i
    of ``out_indices`` in their order, a feature map (N, out_channels, ⌈H / 2**(i+2)⌉,
    ⌈W / 2**(i+2)⌉). Layers that no returned feature map needs are not built.

    Args:
        arch: A name in `ARCHS`, an `HRNetArch`, or the ``extra`` dict of an OpenMMLab config.
        in_channels: Channels of the image.
        out_indices: The branches to return: (0,) for HRNetV1, all four for HRNetV2 and V2p.
        upsample: Interpolation of lower resolutions in the modules: "nearest" as in the official
            pose, classification and detection code, "bilinear" as in the segmentation code.
        align_corners: For "bilinear"; True in the official HRNet-OCR models.
        conv_cfg: Config of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Config of mmcv's ``build_norm_layer``; None for BN.
        norm_eval: Whether batch norms keep their running statistics during training.
        frozen_stages: -1 freezes nothing, 0 the stem, 1 also stage 1 and its transition, up to 4.
        with_cp: Whether stage 1's blocks and the modules of the others use activation
            checkpointing, which saves memory and gives the same gradients and running statistics.
        zero_init_residual: Whether the last norm of each residual block starts at zero.
        memory_format: "channels_last" orders the weights, and so the feature maps, by pixel, which
            is faster on CPUs, and on GPUs in half precision; the results differ by rounding. It is
            set here since DistributedDataParallel allocates its gradients when it wraps a model, in
            the order of the weights. None leaves PyTorch's own order.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: An argument has an invalid value, or is one that this class replaces.
    """

    norm1 = norm_property("norm1_name")
    norm2 = norm_property("norm2_name")

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
        memory_format: str | None = None,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
        **replaced: Any,
    ) -> None:
        _check_arguments(
            in_channels=in_channels,
            out_indices=out_indices,
            upsample=upsample,
            align_corners=align_corners,
            frozen_stages=frozen_stages,
            memory_format=memory_format,
            replaced=replaced,
        )
        stages = find_arch(arch)
        if isinstance(arch, Mapping):
            _check_extra(
                arch, out_indices=out_indices, upsample=upsample, align_corners=align_corners
            )
        super().__init__(init_cfg=init_cfg or default_init())
        self.out_indices = tuple(out_indices)
        self.norm_eval = norm_eval
        self.frozen_stages = frozen_stages
        self.zero_init_residual = zero_init_residual
        self.memory_format = memory_format
        self._branch_channels = stages.stage4.out_channels

        layers = LayerFactory(
            conv_cfg=conv_cfg, norm_cfg=norm_cfg or dict(type="BN"), with_cp=with_cp
        )
        self._build_stem(in_channels, layers=layers)
        self.layer1 = make_branch(STEM_CHANNELS, stages.stage1, branch=0, layers=layers)

        transition = partial(Transition, layers=layers)
        interpolation = dict(
            mode=upsample, align_corners=align_corners if upsample == "bilinear" else None
        )
        stage = partial(make_stage, interpolation=interpolation, layers=layers)
        self.transition1 = transition(stages.stage1.out_channels, stages.stage2.out_channels)
        self.stage2 = stage(stages.stage2)
        self.transition2 = transition(stages.stage2.out_channels, stages.stage3.out_channels)
        self.stage3 = stage(stages.stage3)
        self.transition3 = transition(stages.stage3.out_channels, stages.stage4.out_channels)
        self.stage4 = stage(stages.stage4, out_branches=sorted(self.out_indices))
        self._freeze()
        if memory_format == "channels_last":
            self.to(memory_format=torch.channels_last)  # type: ignore

    def _build_stem(self, in_channels: int, *, layers: LayerFactory) -> None:
        self.conv1 = layers.conv(in_channels, STEM_CHANNELS, kernel_size=3, stride=2)
        self.norm1_name, norm1 = layers.norm(STEM_CHANNELS, postfix=1)
        self.add_module(self.norm1_name, norm1)
        self.conv2 = layers.conv(STEM_CHANNELS, STEM_CHANNELS, kernel_size=3, stride=2)
        self.norm2_name, norm2 = layers.norm(STEM_CHANNELS, postfix=2)
        self.add_module(self.norm2_name, norm2)
        self.relu = nn.ReLU(inplace=True)

    @property
    def out_channels(self) -> tuple[int, ...]:
        """Channels of each returned feature map."""
        return tuple(self._branch_channels[i] for i in self.out_indices)

    @property
    def out_strides(self) -> tuple[int, ...]:
        """Stride of each returned feature map, in pixels of the image."""
        return tuple(4 * 2**i for i in self.out_indices)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (N, in_channels, H, W) to the feature maps of ``out_indices``.

        Raises:
            UserError: In training, a batch norm would get one value for a channel.
        """
        if self.training:
            self._check_size(x)
        x = self.relu(self.norm1(self.conv1(x)))
        x = self.relu(self.norm2(self.conv2(x)))
        x = self.layer1(x)
        branches = self.stage2(self.transition1([x]))
        branches = self.stage3(self.transition2(branches))
        branches = self.stage4(self.transition3(branches))  # those of out_indices, sorted
        order = sorted(self.out_indices)
        return tuple(branches[order.index(i)] for i in self.out_indices)

    def _check_size(self, x: Tensor) -> None:
        norm = self.stage4[0].branches[-1][0].norm1  # type: ignore  # at the lowest resolution
        number, _, height, width = x.shape
        one_value = number == 1 and max(height, width) <= 32
        alone = isinstance(norm, _BatchNorm) and not isinstance(norm, nn.SyncBatchNorm)
        if one_value and alone and norm.training:
            raise UserError(
                f"an image of {width}x{height} leaves batch norms one value for a channel, which "
                "has no variance: train on more at once, on larger ones, or with norm_eval=True"
            )

    def init_weights(self) -> None:
        """Initialise as ``init_cfg`` says, once; pretrained norms are not set to zero."""
        fresh = not self.is_init
        with _in_default_order(self):
            super().init_weights()
        configs = [self.init_cfg] if isinstance(self.init_cfg, Mapping) else self.init_cfg or ()
        pretrained = any(_loads_weights(config["type"]) for config in configs)
        if self.zero_init_residual and fresh and not pretrained:
            for module in self.modules():
                if isinstance(module, BasicBlock):
                    constant_init(module.norm2, 0)
                elif isinstance(module, Bottleneck):
                    constant_init(module.norm3, 0)

    def train(self, mode: bool = True) -> "HRNetBackbone":
        """Set the mode; frozen stages, and norms under ``norm_eval``, stay in eval mode."""
        super().train(mode)
        self._freeze()
        if self.memory_format == "channels_last":
            # Here, as Runners replace SyncBN after a model is built.
            use_fast_norms(self, training=mode)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def _freeze(self) -> None:
        stages = (
            (self.conv1, self.norm1, self.conv2, self.norm2),
            (self.layer1, self.transition1),
            (self.stage2, self.transition2),
            (self.stage3, self.transition3),
            (self.stage4,),
        )
        for modules in stages[: self.frozen_stages + 1]:
            for module in modules:
                module.eval().requires_grad_(False)


@contextmanager
def _in_default_order(module: nn.Module) -> Iterator[None]:
    """Let weights be drawn in PyTorch's own order, for a seed gives others in another order."""
    ordered = {parameter: parameter.data for parameter in module.parameters()}
    for parameter, data in ordered.items():
        parameter.data = data.contiguous()
    yield
    for parameter, data in ordered.items():
        parameter.data = data.copy_(parameter.data)


def _loads_weights(initializer: str | type) -> bool:
    """Tell whether an ``init_cfg`` of this type, a name or a class, loads weights."""
    cls = WEIGHT_INITIALIZERS.get(initializer) if isinstance(initializer, str) else initializer
    return isinstance(cls, type) and issubclass(cls, PretrainedInit)


def _check_arguments(
    *,
    in_channels: int,
    out_indices: Sequence[int],
    upsample: str,
    align_corners: bool,
    frozen_stages: int,
    memory_format: str | None,
    replaced: Mapping[str, Any],
) -> None:
    for name, value in replaced.items():
        if name not in _REPLACED_ARGUMENTS:
            raise UserError(f"HRNetBackbone takes no argument {name!r}")
        raise UserError(f"{name}={value!r}: use {_REPLACED_ARGUMENTS[name]}")
    if not isinstance(in_channels, int) or in_channels < 1:
        raise UserError(f"in_channels={in_channels!r}: give a positive integer")
    branches = range(NUM_BRANCHES)
    valid = isinstance(out_indices, Sequence) and all(
        isinstance(i, int) and i in branches for i in out_indices
    )
    if not valid or not out_indices or len(set(out_indices)) < len(out_indices):
        raise UserError(f"out_indices={out_indices!r}: give different ones of {tuple(branches)}")
    if upsample not in UPSAMPLE_MODES:
        raise UserError(f"upsample={upsample!r}: choose from {UPSAMPLE_MODES}")
    if align_corners and upsample != "bilinear":
        raise UserError(f"align_corners=True needs upsample='bilinear', not {upsample!r}")
    if not isinstance(frozen_stages, int) or frozen_stages not in range(-1, NUM_BRANCHES + 1):
        raise UserError(f"frozen_stages={frozen_stages!r}: choose from -1 to {NUM_BRANCHES}")
    if memory_format not in MEMORY_FORMATS:
        raise UserError(f"memory_format={memory_format!r}: choose from {MEMORY_FORMATS}")


def _check_extra(
    extra: Mapping[str, Any], *, out_indices: Sequence[int], upsample: str, align_corners: bool
) -> None:
    """Refuse an ``extra`` that asks for another upsampling or other outputs than the arguments."""
    given = dict(mode=upsample, align_corners=align_corners)
    wanted = extra.get("upsample", given)
    if not isinstance(wanted, Mapping) or given != dict(
        mode=wanted.get("mode", "nearest"), align_corners=bool(wanted.get("align_corners"))
    ):
        raise UserError(
            f"extra.upsample={wanted!r} but the arguments say {given!r}: "
            "set `upsample` and `align_corners` to match"
        )
    multiscale = extra["stage4"].get("multiscale_output")
    if multiscale is not None and multiscale != (tuple(out_indices) != (0,)):
        raise UserError(
            f"extra.stage4.multiscale_output={multiscale!r} but out_indices={out_indices!r}: "
            "use out_indices=(0,) for False, (0, 1, 2, 3) for True"
        )
