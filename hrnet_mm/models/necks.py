"""Necks between HRNet's feature maps and the head of a task.

Wang et al. 2020, arXiv 1908.07919, section 3.4 and appendix A::

    HRNetV2       upsampled to the highest resolution, concatenated, mixed: segmentation, landmarks
    HRNetV2p      the same, then pooled to a feature pyramid: detection
    HRNetClsNeck  downsampled to the lowest resolution, step by step: classification

Each takes the feature maps of `HRNetBackbone`, highest resolution first, of any size, and returns a
tuple. Submodules have the names of the toolboxes' own necks (mmdet's HRFPN, mmpretrain's
HRFuseScales), whose checkpoints fit.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.errors import UserError
from hrnet_mm.models.activation_checkpointing import maybe_checkpoint
from hrnet_mm.models.layers import Bottleneck, LayerFactory, default_init
from hrnet_mm.registry import MODELS, register

# HRNet-Image-Classification, cls_hrnet.py:304-357: channels inside the bottleneck of each branch.
CLS_BOTTLENECK_CHANNELS = (32, 64, 128, 256)
POOLING = {"AVG": F.avg_pool2d, "MAX": F.max_pool2d}

Config = dict[str, Any]


class _Neck(BaseModule):
    """Base class of the necks, which compares the feature maps with ``in_channels``."""

    with_cp = False

    def __init__(self, in_channels: Sequence[int], *, init_cfg: Config | list[Config]) -> None:
        valid = isinstance(in_channels, Sequence) and all(
            isinstance(channels, int) and channels >= 1 for channels in in_channels
        )
        if not valid or not in_channels:
            raise UserError(
                f"in_channels={in_channels!r}: give the channels of each feature map, highest "
                "resolution first, as in (18, 36, 72, 144)"
            )
        super().__init__(init_cfg=init_cfg)
        self.in_channels = tuple(in_channels)

    def _check_channels(self, inputs: Sequence[Tensor]) -> None:
        given = tuple(x.shape[1] for x in inputs)
        if given != self.in_channels:
            raise UserError(
                f"{type(self).__name__} was built with in_channels={self.in_channels} but gets "
                f"feature maps of {given} channels: set its in_channels to the backbone's "
                "out_channels"
            )

    def _run(self, layer: nn.Module, x: Tensor) -> Tensor:
        return maybe_checkpoint(layer, x, owner=layer, with_cp=self.with_cp)


@register(MODELS)
class HRNetV2(_Neck):
    """Concatenates all feature maps at the highest resolution: for dense prediction.

    Lower resolutions are brought to it by one bilinear interpolation, as in the official
    segmentation code (seg_hrnet.py:446-459). The bias of its 1×1 convolution, which the norm makes
    redundant, is left out.

    Args:
        in_channels: Channels of the feature maps, highest resolution first.
        out_channels: Channels of the output; None for the sum of ``in_channels``.
        with_conv: Whether a 1×1 convolution, norm and ReLU follow the concatenation.
        align_corners: For the interpolation; True in the official HRNet-OCR models.
        conv_cfg: Config of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Config of mmcv's ``build_norm_layer``; None for BN.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: ``in_channels`` is invalid, or ``out_channels`` needs a convolution.
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
                f"out_channels={out_channels} needs with_conv=True: the concatenation has "
                f"{concatenated} channels"
            )
        self.align_corners = align_corners
        self.fuse_conv = nn.Identity()
        if with_conv:
            layers = LayerFactory(conv_cfg=conv_cfg, norm_cfg=norm_cfg or dict(type="BN"))
            self.fuse_conv = layers.conv_norm(
                concatenated, self.out_channels, kernel_size=1, relu=True, named=True
            )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor]:
        """Map feature maps of ``in_channels`` to one of (N, out_channels, h, w).

        h and w are the height and width of the first. Raises UserError for other channels.
        """
        self._check_channels(inputs)
        return (self.fuse_conv(_concatenate(inputs, align_corners=self.align_corners)),)


@register(MODELS)
class HRNetV2p(_Neck):
    """Feature pyramid: concatenates all feature maps, then pools them to lower resolutions.

    For a first feature map of size h×w, level i has size max(1, ⌊h / 2**i⌋) × max(1, ⌊w / 2**i⌋):
    the average or maximum over 2**i × 2**i pixels, or over the whole length of a side that is
    shorter; a 3×3 convolution of ``stride`` follows. Equal to mmdet's HRFPN wherever that one runs,
    and to the official one (hrfpn.py:36-108).

    Args:
        in_channels: Channels of the feature maps, highest resolution first.
        out_channels: Channels of each level.
        num_outs: Number of levels.
        pooling_type: ``AVG`` or ``MAX``.
        stride: Stride of the 3×3 convolutions; 2 for FCOS, whose levels begin at stride 8.
        share_conv: Whether all levels have the same 3×3 convolution.
        conv_cfg: Config of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Config of mmcv's ``build_norm_layer``, after each convolution; None for none, as
            in the official code: the convolutions then have a bias.
        with_cp: Whether to use activation checkpointing for convolutions and norms.
        init_cfg: Initialisation; None for Caffe2's Xavier, as in mmdet.

    Raises:
        UserError: ``in_channels``, ``num_outs`` or ``pooling_type`` is invalid.
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
            raise UserError(f"num_outs={num_outs!r}: give a positive integer")
        if pooling_type not in tuple(POOLING):
            raise UserError(f"pooling_type={pooling_type!r}: choose from {', '.join(POOLING)}")
        self.out_channels = out_channels
        self.num_outs = num_outs
        self.pool = POOLING[pooling_type]
        self.with_cp = with_cp
        layers = LayerFactory(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.reduction_conv = layers.conv_norm(
            sum(self.in_channels), out_channels, kernel_size=1, named=True
        )
        self.fpn_convs = nn.ModuleList(
            layers.conv_norm(out_channels, out_channels, kernel_size=3, stride=stride, named=True)
            for _ in range(1 if share_conv else num_outs)
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Map feature maps of ``in_channels`` to the levels of the pyramid.

        Raises UserError for other channels.
        """
        self._check_channels(inputs)
        x = self._run(self.reduction_conv, _concatenate(inputs, align_corners=False))
        levels = [self._pool(x, 2**i) for i in range(self.num_outs)]
        convs = list(self.fpn_convs)
        if len(convs) == 1:  # shared
            convs *= self.num_outs
        return tuple(self._run(conv, level) for conv, level in zip(convs, levels, strict=True))

    def _pool(self, x: Tensor, factor: int) -> Tensor:
        """Reduce height and width by ``factor``, or a side that is shorter to 1."""
        if factor == 1:
            return x
        height, width = x.shape[-2:]
        kernel = (factor if height >= factor else height, factor if width >= factor else width)
        return self.pool(x, kernel_size=kernel, stride=kernel)


@register(MODELS)
class HRNetClsNeck(_Neck):
    """Combines all feature maps at the lowest resolution: for classification.

    Each feature map goes through a bottleneck, which raises it to 128, 256, 512 or 1024 channels.
    From the highest resolution on, a 3×3 convolution of stride 2 brings the sum down and the next
    feature map is added; a 1×1 convolution follows. Global pooling and a linear head come after it.
    The biases of the official 3×3 and 1×1 convolutions, 3,840 in all (cls_hrnet.py:304-357,
    475-489), which their norms make redundant, are left out.

    Args:
        in_channels: Channels of the four feature maps, highest resolution first.
        out_channels: Channels of the output.
        conv_cfg: Config of mmcv's ``build_conv_layer``; None for ``Conv2d``.
        norm_cfg: Config of mmcv's ``build_norm_layer``; None for BN.
        with_cp: Whether to use activation checkpointing.
        init_cfg: Initialisation; None for Kaiming in convolutions and 1 / 0 in norms.

    Raises:
        UserError: ``in_channels`` are not the channels of four feature maps.
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
                f"in_channels={in_channels!r}: give the channels of {len(CLS_BOTTLENECK_CHANNELS)} "
                "feature maps; the backbone needs all its out_indices"
            )
        self.out_channels = out_channels
        self.with_cp = with_cp
        layers = LayerFactory(
            conv_cfg=conv_cfg, norm_cfg=norm_cfg or dict(type="BN"), with_cp=with_cp
        )
        self.increase_layers = nn.ModuleList(
            nn.Sequential(Bottleneck(width, channels, layers=layers))
            for width, channels in zip(self.in_channels, CLS_BOTTLENECK_CHANNELS, strict=True)
        )
        widths = [Bottleneck.expansion * channels for channels in CLS_BOTTLENECK_CHANNELS]
        self.downsample_layers = nn.ModuleList(
            layers.conv_norm(width, wider, kernel_size=3, stride=2, relu=True, named=True)
            for width, wider in pairwise(widths)
        )
        self.final_layer = layers.conv_norm(
            widths[-1], out_channels, kernel_size=1, relu=True, named=True
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor]:
        """Map feature maps of ``in_channels`` to one of (N, out_channels, h, w).

        h and w are the height and width of the last. Raises UserError for other channels.
        """
        self._check_channels(inputs)
        x, *others = (layer(x) for layer, x in zip(self.increase_layers, inputs, strict=True))
        for downsample, other in zip(self.downsample_layers, others, strict=True):
            x = self._run(downsample, x) + other
        return (self._run(self.final_layer, x),)


def _concatenate(inputs: Sequence[Tensor], *, align_corners: bool) -> Tensor:
    """Upsample every feature map to the size of the first and concatenate their channels."""
    first, *others = inputs
    size = first.shape[-2:]
    upsampled = [
        F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners) for x in others
    ]
    return torch.cat([first, *upsampled], dim=1)
