"""Small versions of the shipped configs, for runs that take seconds."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from demo.tasks import TASKS
from tests.conftest import REPOSITORY

COCO_POSE = REPOSITORY / "configs/pose/coco/mmpose/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py"


def with_data_at(cfg: Config, root: Path) -> Config:
    """Give a config of the toy scenes another folder for them."""
    return Config.fromstring(cfg.pretty_text.replace("data/toy/", f"{root}/"), ".py")


def small_toy(task: str, root: Path, **options: Any) -> Config:
    """Read the long config for the toy scenes in ``root``, from scratch and without workers."""
    cfg = with_data_at(Config.fromfile(REPOSITORY / TASKS[task].long_config), root)
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].update(num_workers=0, persistent_workers=False, batch_size=4)
    cfg.model.backbone.pop("init_cfg", None)
    cfg.log_level = "ERROR"
    cfg.merge_from_dict(options)
    return cfg
