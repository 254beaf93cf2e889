"""What stands between HRNet's maps and a task's head.

Wang et al. 2020, arXiv 1908.07919, section 3.4 and appendix A::

    HRNetV2       all maps brought to the finest, concatenated, mixed: segmentation, landmarks
    HRNetV2p      the same, then pooled to a pyramid: detection
    HRNetClsNeck  all maps brought to the coarsest, step by step: classification

Each takes the maps of `HRNetBackbone`, finest first, of any size, and gives a tuple. Submodules are
called as in the toolboxes' own (mmdet's HRFPN, mmpretrain's HRFuseScales), whose checkpoints fit.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.errors import UserError
from hrnet_mm.models.layers import LayerConfig, branch, default_init
from hrnet_mm.models.recompute import checkpoint_once
from hrnet_mm.registry import MODELS, register

# HRNet-Image-Classification, cls_hrnet.py:304-357: channels inside the bottleneck on each branch.
CLS_BOTTLENECK_CHANNELS = (32, 64, 128, 256)
POOLING = {"AVG": F.avg_pool2d, "MAX": F.max_pool2d}

Config = dict[str, Any]


class _Neck(BaseModule):
    """A neck that refuses other maps than it was built for."""

    with_cp = False

    def __init__(self, in_channels: Sequence[int], *, init_cfg: Config | list[Config]) -> None:
        if (
            not isinstance(in_channels, Sequence)
            or not in_channels
            or not all(isinstance(channels, int) and channels >= 1 for channels in in_channels)
        ):
            raise UserError(
                f"in_channels={in_channels!r}: give the channels of each map, finest first, as in "
                "(18, 36, 72, 144)"
            )
        super().__init__(init_cfg=init_cfg)
        self.in_channels = tuple(in_channels)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Map the backbone's maps, finest first, to those of the head.

        Raises:
            UserError: They are not of ``in_channels``.
        """
        given = tuple(x.shape[1] for x in maps)
        if given != self.in_channels:
            raise UserError(
                f"{type(self).__name__} was built with in_channels={self.in_channels} but gets "
                f"maps of {given} channels: set its in_channels to the backbone's out_channels"
            )
        return self._forward(maps)

    def _forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _run(self, layer: nn.Module, x: Tensor) -> Tensor:
        if self.with_cp and torch.is_grad_enabled():
            return checkpoint_once(layer, x, owner=layer)
        return layer(x)


@register(MODELS)
class HRNetV2(_Neck):
    """All maps in one, at the finest resolution: the representation for dense labels.

    Gives one map (N, out_channels, h, w) of the size and stride of the first that comes in. Coarser
    maps are brought to its size by one bilinear interpolation, as in the official segmentation code
    (seg_hrnet.py:446-459); the bias of its 1×1 convolution, which the norm makes redundant, is left
    out.

    Args:
        in_channels: Channels of the maps, finest first.
        out_channels: Channels of the result; None for the sum of ``in_channels``.
        with_conv: Whether a 1×1 convolution, norm and ReLU follow the concatenation.
        align_corners: Of the interpolation; True in the official HRNet-OCR models.
        conv_cfg: Convolution of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Norm of mmcv's ``build_norm_layer``; None for BN.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: ``in_channels`` are not channels, or ``out_channels`` without a convolution.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        *,
        out_channels: int | None = None,
        with_conv: bool = True,
        align_corners: bool = False,
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(in_channels, init_cfg=init_cfg or default_init())
        concatenated = sum(self.in_channels)
        self.out_channels = out_channels or concatenated
        if not with_conv and self.out_channels != concatenated:
            raise UserError(
                f"out_channels={out_channels} needs with_conv=True: the maps alone have "
                f"{concatenated} channels"
            )
        self.align_corners = align_corners
        self.fuse_conv = nn.Identity()
        if with_conv:
            self.fuse_conv = _conv_module(
                concatenated,
                self.out_channels,
                kernel_size=1,
                conv_cfg=conv_cfg,
                norm_cfg=norm_cfg or dict(type="BN"),
                relu=True,
            )

    def _forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        return (self.fuse_conv(_concatenate(maps, align_corners=self.align_corners)),)


@register(MODELS)
class HRNetV2p(_Neck):
    """A feature pyramid: all maps in one, then pooled to coarser levels.

    For a first map of h×w cells, level i has max(1, ⌊h / 2**i⌋) × max(1, ⌊w / 2**i⌋) cells, each
    the average or maximum of 2**i × 2**i, or of the whole length of a shorter map; a 3×3
    convolution of ``stride`` follows. Equal to mmdet's HRFPN wherever that one runs, and to the
    official one (hrfpn.py:36-108).

    Args:
        in_channels: Channels of the maps, finest first.
        out_channels: Channels of every level.
        num_outs: How many levels there are.
        pooling_type: ``AVG`` or ``MAX``.
        stride: Of the 3×3 convolutions; 2 for FCOS, whose levels begin at stride 8.
        share_conv: Whether all levels have the same 3×3 convolution.
        conv_cfg: Convolution of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Norm of mmcv's ``build_norm_layer``, after each convolution; None for none, as in
            the official code: the convolutions then have a bias.
        with_cp: Whether convolutions and norms are recomputed in the backward pass.
        init_cfg: Initialisation; None for Xavier as Caffe2 does it, mmdet's choice.

    Raises:
        UserError: ``in_channels`` are not channels, there are no levels, or there is no such
            pooling.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        *,
        out_channels: int = 256,
        num_outs: int = 5,
        pooling_type: str = "AVG",
        stride: int = 1,
        share_conv: bool = False,
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        with_cp: bool = False,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(
            in_channels, init_cfg=init_cfg or dict(type="Caffe2Xavier", layer="Conv2d")
        )
        if not isinstance(num_outs, int) or num_outs < 1:
            raise UserError(f"num_outs={num_outs!r}: give the levels of the pyramid, 1 or more")
        if pooling_type not in tuple(POOLING):
            raise UserError(f"pooling_type={pooling_type!r}: choose from {', '.join(POOLING)}")
        self.out_channels = out_channels
        self.num_outs = num_outs
        self.pool = POOLING[pooling_type]
        self.with_cp = with_cp
        self.reduction_conv = _conv_module(
            sum(self.in_channels),
            out_channels,
            kernel_size=1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )
        self.fpn_convs = nn.ModuleList(
            _conv_module(
                out_channels,
                out_channels,
                kernel_size=3,
                stride=stride,
                conv_cfg=conv_cfg,
                norm_cfg=norm_cfg,
            )
            for _ in range(1 if share_conv else num_outs)
        )

    def _forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        x = self._run(self.reduction_conv, _concatenate(maps, align_corners=False))
        levels = [self._pool(x, 2**i) for i in range(self.num_outs)]
        convs = list(self.fpn_convs)
        if len(convs) == 1:  # shared
            convs *= self.num_outs
        return tuple(self._run(conv, x) for conv, x in zip(convs, levels, strict=True))

    def _pool(self, x: Tensor, cells: int) -> Tensor:
        """Pool ``cells`` × ``cells`` to one, or the whole length of a map that has fewer."""
        if cells == 1:
            return x
        height, width = x.shape[-2:]
        kernel = (cells if height >= cells else height, cells if width >= cells else width)
        return self.pool(x, kernel_size=kernel, stride=kernel)


@register(MODELS)
class HRNetClsNeck(_Neck):
    """All maps in one, at the coarsest resolution: the representation for one label an image.

    Each map goes through a bottleneck that widens it to 128, 256, 512 and 1024 channels; from the
    finest on, the sum is brought down by a strided 3×3 convolution and added to the next; a 1×1
    convolution ends it. Gives one map (N, out_channels, h, w) of the last map's size, for global
    pooling and a linear head. The biases of the official 3×3 and 1×1 convolutions, 3,840 in all
    (cls_hrnet.py:304-357, 475-489), which their norms make redundant, are left out.

    Args:
        in_channels: Channels of the four maps, finest first.
        out_channels: Channels of the result.
        conv_cfg: Convolution of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Norm of mmcv's ``build_norm_layer``; None for BN.
        with_cp: Whether activations are recomputed in the backward pass, as in the backbone.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: ``in_channels`` are not the channels of four maps.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        *,
        out_channels: int = 2048,
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        with_cp: bool = False,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(in_channels, init_cfg=init_cfg or default_init())
        if len(self.in_channels) != len(CLS_BOTTLENECK_CHANNELS):
            raise UserError(
                f"in_channels={in_channels!r}: give the channels of "
                f"{len(CLS_BOTTLENECK_CHANNELS)} maps; the backbone needs all its out_indices"
            )
        self.out_channels = out_channels
        self.with_cp = with_cp
        layers = LayerConfig(
            conv_cfg=conv_cfg, norm_cfg=norm_cfg or dict(type="BN"), with_cp=with_cp
        )
        blocks = [
            branch(in_channels=width, channels=channels, blocks=1, kind="bottleneck", layers=layers)
            for width, channels in zip(self.in_channels, CLS_BOTTLENECK_CHANNELS, strict=True)
        ]
        self.increase_layers = nn.ModuleList(blocks)
        widths = [4 * channels for channels in CLS_BOTTLENECK_CHANNELS]
        self.downsample_layers = nn.ModuleList(
            _conv_module(
                width,
                wider,
                kernel_size=3,
                stride=2,
                conv_cfg=conv_cfg,
                norm_cfg=layers.norm_cfg,
                relu=True,
            )
            for width, wider in pairwise(widths)
        )
        self.final_layer = _conv_module(
            widths[-1],
            out_channels,
            kernel_size=1,
            conv_cfg=conv_cfg,
            norm_cfg=layers.norm_cfg,
            relu=True,
        )

    def _forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        first, *others = (
            increase(x) for increase, x in zip(self.increase_layers, maps, strict=True)
        )
        x = first
        for downsample, other in zip(self.downsample_layers, others, strict=True):
            x = self._run(downsample, x) + other
        return (self._run(self.final_layer, x),)


def _concatenate(maps: Sequence[Tensor], *, align_corners: bool) -> Tensor:
    """Bring every map to the size of the first and put them one behind the other."""
    first, *others = maps
    size = first.shape[-2:]
    enlarged = [
        F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners) for x in others
    ]
    return torch.cat([first, *enlarged], dim=1)


def _conv_module(
    in_channels: int,
    out_channels: int,
    *,
    kernel_size: int,
    stride: int = 1,
    conv_cfg: Config | None,
    norm_cfg: Config | None,
    relu: bool = False,
) -> nn.Sequential:
    """Make convolution, norm and ReLU under the names of mmcv's ConvModule.

    Not a ConvModule: that one initialises itself anew whatever ``init_cfg`` says.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv"] = build_conv_layer(
        conv_cfg,
        in_channels,
        out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        bias=norm_cfg is None,
    )
    if norm_cfg is not None:
        name, norm = build_norm_layer(norm_cfg, out_channels)
        layers[name] = norm
    if relu:
        layers["activate"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)
