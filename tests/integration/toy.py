"""Small versions of the shipped configs, for runs that take seconds."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from demo.tasks import TASKS
from tests.conftest import REPOSITORY

COCO_POSE = REPOSITORY / "configs/pose/coco/mmpose/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py"
FCOS = REPOSITORY / "configs/det/coco/mmdet/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py"


def with_data_at(cfg: Config, root: Path) -> Config:
    """Give a config of the toy scenes another folder for them."""
    return Config.fromstring(cfg.pretty_text.replace("data/toy/", f"{root}/"), ".py")


def small_toy(task: str, root: Path, **options: Any) -> Config:
    """Read the long config for the toy scenes in ``root``, from scratch and without workers.

    The task "fcos" is that of "det" with another detector.
    """
    name = "det" if task == "fcos" else task
    cfg = with_data_at(Config.fromfile(REPOSITORY / TASKS[name].long_config), root)
    if task == "fcos":
        cfg.model = _small_fcos(cfg.model)
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].update(num_workers=0, persistent_workers=False, batch_size=4)
    cfg.model.backbone.pop("init_cfg", None)
    cfg.log_level = "ERROR"
    cfg.merge_from_dict(options)
    return cfg


def _small_fcos(detector: Any) -> Any:
    """Make an FCOS of a few channels with the backbone of another detector."""
    model = Config.fromfile(FCOS).model
    model.backbone, model.neck.in_channels = detector.backbone, detector.neck.in_channels
    model.neck.out_channels = 32
    num_classes = detector.roi_head.bbox_head.num_classes
    model.bbox_head.update(
        num_classes=num_classes, in_channels=32, feat_channels=32, stacked_convs=1
    )
    return model
