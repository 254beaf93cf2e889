"""Small models of the toy scenes, with weights of chance that give varied results."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DATASETS
from mmengine.runner import save_checkpoint

from hrnet_mm.apis.model import build_model
from hrnet_mm.launch.building import build_runner
from tests.integration.toy import small_toy

TASKS = ("pose", "seg", "det", "cls")

# Of the last layer: else heatmaps are flat, and all classes as likely.
_LAST = {
    "pose": "head.final_layer",
    "seg": "decode_head.conv_seg",
    "cls": "head.fc",
    "fcos": "bbox_head.conv_cls",
}


@dataclass(frozen=True, kw_only=True)
class ToyModel:
    """Files of a model.

    Attributes:
        cfg: Its config.
        config: The file of it.
        checkpoint: Its weights.
    """

    cfg: Config
    config: Path
    checkpoint: Path


def write_toy_model(task: str, scenes: Path, folder: Path, **options: Any) -> ToyModel:
    """Write the config and the checkpoint of a task's small model."""
    torch.manual_seed(1)
    cfg = small_toy(task, scenes, **options)
    cfg.work_dir = str(folder / "work")
    model = build_model(cfg)
    if task in _LAST:
        last = model.get_submodule(_LAST[task])
        torch.nn.init.normal_(last.weight, std=0.1)
    dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, pipeline=[]))
    content = dict(state_dict=model.state_dict(), meta=dict(dataset_meta=dataset.metainfo))
    config, checkpoint = folder / f"{task}.py", folder / f"{task}.pth"
    folder.mkdir(parents=True, exist_ok=True)
    cfg.dump(config)
    save_checkpoint(content, str(checkpoint))
    return ToyModel(cfg=cfg, config=config, checkpoint=checkpoint)


def stock_test(model: ToyModel, folder: Path, **metric: Any) -> None:
    """Run the toolbox's own test of a model, with other options of its evaluator."""
    cfg = Config.fromfile(model.config)
    cfg.load_from = str(model.checkpoint)
    cfg.work_dir = str(folder / "stock_work")
    cfg.test_evaluator = dict(cfg.test_evaluator, **metric)
    build_runner(cfg).test()
