"""The toolboxes' own HRNets, as references."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from torch import nn

from hrnet_mm.models import HRNetArch

TOOLBOXES = ("mmpose", "mmdet", "mmpretrain", "mmseg")
UPSAMPLE = {"mmpose": "nearest", "mmdet": "nearest", "mmpretrain": "nearest", "mmseg": "bilinear"}


def extra_of(arch: HRNetArch) -> dict[str, Any]:
    """Write an architecture as the dict that the toolboxes read."""
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


def stock_hrnet(toolbox: str, extra: Mapping[str, Any], **options: Any) -> nn.Module:
    """Build a toolbox's HRNet with all four outputs."""
    extra = {name: dict(stage) for name, stage in extra.items()}
    cls = import_module(f"{toolbox}.models.backbones").HRNet
    if toolbox == "mmpose":
        extra["stage4"]["multiscale_output"] = True
    if toolbox == "mmdet":
        options.setdefault("norm_eval", False)
    return cls(extra=extra, **options)


def randomise(model: nn.Module) -> None:
    """Give norms running statistics and weights that are not those of a new net."""
    for name, tensor in model.state_dict().items():
        if name.endswith("running_var") or (name.endswith("weight") and tensor.ndim == 1):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith(("running_mean", "bias")):
            tensor.normal_(std=0.1)
