"""The model of a config with the toolbox's own HRNet in place of this package's."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config
from torch import Tensor

from hrnet_mm.data.nodes import each, type_name
from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import HRNetArch, find_arch

# What a toolbox's HRNet takes besides its architecture, under the same name.
_OPTIONS = {"in_channels", "conv_cfg", "norm_cfg", "norm_eval", "with_cp", "zero_init_residual"}
_FROZEN = ("mmpose", "mmseg")  # the toolboxes whose HRNet has frozen_stages
_UPSAMPLE = {"mmseg": "bilinear", "mmdet": "nearest", "mmpretrain": "nearest"}  # mmpose has both
_IGNORED = {"type", "arch", "out_indices", "upsample", "align_corners", "memory_format", "init_cfg"}
_NECKS = {"HRNetV2p": "HRFPN", "HRNetClsNeck": "HRFuseScales"}
_NOT_IN_HRFPN = {"share_conv": False, "norm_cfg": None}
_FUSE_CONV, _HEAD_CONV = "neck.fuse_conv.", "decode_head.convs.0."

Options = dict[str, Any]


def extra_of(arch: HRNetArch) -> Options:
    """Write an architecture as the dict ``extra`` that the toolboxes read."""
    stages = {f"stage{i}": getattr(arch, f"stage{i}") for i in range(1, 5)}
    return {
        name: dict(
            num_modules=stage.modules,
            num_branches=len(stage.channels),
            block=stage.block.upper(),
            num_blocks=stage.blocks,
            num_channels=stage.channels,
        )
        for name, stage in stages.items()
    }


def stock_config(cfg: Config) -> Config:
    """Return a config with the toolbox's own backbone and neck, for the same weights.

    Raises:
        UserError: The model has no `HRNetBackbone`, or one that the toolbox's HRNet cannot be.
    """
    model = cfg.model
    if type_name(model.get("backbone")) != "HRNetBackbone":
        raise UserError(f"{cfg.filename}: model.backbone is no HRNetBackbone")
    toolbox = cfg.get("default_scope")
    stock = copy.deepcopy(cfg)
    described = stock.model.to_dict()
    described["backbone"] = _backbone(model.backbone, toolbox)
    if toolbox == "mmseg" and type_name(model.get("neck")) == "HRNetV2":
        del described["neck"]
        described["decode_head"] = _concatenating(model)
    elif necks := [_neck(neck) for _, neck in each(model.get("neck"), "neck")]:
        described["neck"] = necks[0] if isinstance(model.neck, Mapping) else necks
    stock._cfg_dict["model"] = described  # as an attribute, it would be merged
    return stock


def stock_weights(weights: Mapping[str, Tensor], cfg: Config) -> dict[str, Tensor]:
    """Rename the weights of a config's model to those of `stock_config`."""
    in_head = cfg.get("default_scope") == "mmseg"  # where the convolution belongs to the head
    return {n.replace(_FUSE_CONV, _HEAD_CONV) if in_head else n: w for n, w in weights.items()}


def _backbone(ours: Mapping[str, Any], toolbox: str) -> Options:
    mode = ours.get("upsample", "nearest")
    corners = bool(ours.get("align_corners"))
    if toolbox != "mmpose" and (mode != _UPSAMPLE[toolbox] or corners):
        raise UserError(
            f"{toolbox}'s HRNet has no upsample={mode!r} with align_corners={corners}, only "
            f"{_UPSAMPLE[toolbox]!r} with False"
        )
    options = _OPTIONS | ({"frozen_stages"} if toolbox in _FROZEN else set())
    if unknown := ours.keys() - options - _IGNORED:
        raise UserError(f"{toolbox}'s HRNet has no {', '.join(sorted(unknown))}")
    extra = extra_of(find_arch(ours["arch"]))
    stock = {name: ours[name] for name in options & ours.keys()}
    multiscale = tuple(ours.get("out_indices", range(4))) != (0,)
    if toolbox == "mmpose":
        extra["stage4"]["multiscale_output"] = multiscale
        extra["upsample"] = dict(mode=mode, align_corners=corners if mode == "bilinear" else None)
    else:
        stock["multiscale_output"] = multiscale
    # Ours keeps norms in training mode by default, mmdet's does not.
    return dict(type="HRNet", extra=extra, **{"norm_eval": False, **stock})


def _neck(ours: Mapping[str, Any]) -> Options:
    name = type_name(ours)
    options = dict(ours)
    if name not in _NECKS:
        return options
    if name == "HRNetV2p":
        for option, default in _NOT_IN_HRFPN.items():
            if options.pop(option, default) != default:
                raise UserError(f"mmdet's HRFPN has no {option}")
    return dict(options, type=_NECKS[name], in_channels=list(options["in_channels"]))


def _concatenating(model: Mapping[str, Any]) -> Options | list[Options]:
    """Return mmseg's heads, each of which concatenates the feature maps itself."""
    neck, heads = model["neck"], model["decode_head"]
    inputs = dict(
        in_channels=list(neck["in_channels"]),
        in_index=list(range(len(neck["in_channels"]))),
        input_transform="resize_concat",
    )
    if isinstance(heads, Sequence):
        return [dict(head, **inputs) for head in heads]
    conv = dict(kernel_size=1, num_convs=1, norm_cfg=neck.get("norm_cfg") or dict(type="BN"))
    return dict(heads, **inputs, **(conv if neck.get("with_conv", True) else {}))
