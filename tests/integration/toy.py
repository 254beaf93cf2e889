"""Small versions of the shipped configs, for runs that take seconds."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from tests.conftest import REPOSITORY

TOY_POSE = REPOSITORY / "configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py"
COCO_POSE = REPOSITORY / "configs/pose/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py"


def set_data_root(cfg: Config, root: Path) -> None:
    """Point every data loader and evaluator of a toy config to another folder."""
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].dataset.data_root = str(root)
    for split in ("val", "test"):
        cfg[f"{split}_evaluator"].ann_file = str(root / "annotations/person_keypoints_val.json")


def small_toy_pose(root: Path, **options: Any) -> Config:
    """Read the demo's config for a set of toy scenes in ``root``, without worker processes."""
    cfg = Config.fromfile(TOY_POSE)
    set_data_root(cfg, root)
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].update(num_workers=0, persistent_workers=False, batch_size=4)
    cfg.log_level = "ERROR"
    cfg.merge_from_dict(options)
    return cfg
