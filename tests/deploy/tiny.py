"""Models of all kinds with one block a branch, whose export takes seconds."""

from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from hrnet_mm.apis.model import build_model
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy
from tests.models.stock import randomise

WIDTHS = (4, 8, 16, 32)
FCOS = REPOSITORY / "configs/det/coco/mmdet/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py"
CASCADE = REPOSITORY / "configs/det/coco/mmdet/cascade-rcnn_hrnetv2p-w18-20e_coco.py"


def _stage(branches: int, block: str = "BASIC") -> dict[str, Any]:
    return dict(
        num_modules=1,
        num_branches=branches,
        block=block,
        num_blocks=(1,) * branches,
        num_channels=WIDTHS[:branches],
    )


ARCH = dict(stage1=_stage(1, "BOTTLENECK"), stage2=_stage(2), stage3=_stage(3), stage4=_stage(4))
NECK = {"model.neck.in_channels": WIDTHS}
SUM = sum(WIDTHS)
NARROW: dict[str, dict[str, Any]] = {
    "pose": {"model.head.in_channels": WIDTHS[0]},
    "seg": NECK | {"model.decode_head.in_channels": SUM, "model.decode_head.channels": SUM},
    "cls": {"model.neck.0.in_channels": WIDTHS},
    "det": NECK,
    "fcos": NECK
    | {
        "model.neck.out_channels": 8,
        "model.bbox_head.in_channels": 8,
        "model.bbox_head.feat_channels": 8,
        "model.bbox_head.stacked_convs": 1,
        "model.bbox_head.norm_cfg": dict(type="GN", num_groups=2),
    },
    "cascade": NECK,
}


def tiny_config(kind: str) -> Config:
    """Read the config of a kind of model, one of `NARROW`."""
    files = {"fcos": FCOS, "cascade": CASCADE}
    cfg = Config.fromfile(files[kind]) if kind in files else small_toy(kind, Path("unused"))
    cfg.merge_from_dict(NARROW[kind])
    cfg.model.backbone.pop("init_cfg", None)
    cfg.model.backbone.arch = ARCH
    return cfg


def tiny_network(kind: str) -> Any:
    """Build the model of a kind, with weights of chance, in eval mode."""
    cfg = tiny_config(kind)
    init_default_scope(cfg.default_scope)
    network = build_model(cfg)
    randomise(network)
    return network.eval()
