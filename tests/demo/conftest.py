"""Tasks of the demo that take seconds."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.tasks import TASKS, DemoTask
from tests.integration.toy import small_toy


@pytest.fixture
def tiny_task(toy_scenes: Path, tmp_path: Path) -> Callable[..., DemoTask]:
    """Make a task of two epochs on a few scenes, with other options if wanted."""

    def make(name: str, **options: Any) -> DemoTask:
        config = tmp_path / f"tiny_{name}.py"
        options = {
            "train_cfg.max_epochs": 2,
            "train_cfg.val_interval": 1,
            "default_hooks.checkpoint.interval": 1,
            **options,
        }
        small_toy(name, toy_scenes, **options).dump(config)
        return dataclasses.replace(TASKS[name], config=str(config), samples=2, pretrained_by=None)

    return make
