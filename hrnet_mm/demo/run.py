"""One task of the demo: evaluate the untrained net, train it, evaluate it again."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.runner import Runner, find_latest_checkpoint

from hrnet_mm.engine.launch import RunOptions, check_config


@dataclass(frozen=True, kw_only=True)
class DemoTask:
    """What the demo trains, measures and shows.

    Attributes:
        name: The task, as in ``make demo TASK=name``.
        config: Path of the config.
        metrics: The evaluator's names of the metrics to report and their headings; the first is
            the one that the curve shows.
        draw: Draws that many held-out images from a trained runner, each (H, W, 3) uint8 RGB.
        caption: What ``draw`` shows.
    """

    name: str
    config: str
    metrics: dict[str, str]
    draw: Callable[[Runner, int], list[np.ndarray]]
    caption: str


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """What came out of a task.

    Attributes:
        task: The task.
        before: Metrics of the untrained net, by heading.
        after: Metrics of the trained net, by heading.
        seconds: Duration of the training, its validation included.
        iterations: How many there were.
        checkpoint: The trained net.
        loss: (iteration, loss) during training.
        score: (iteration, first metric) during training.
        panels: Held-out images, (H, W, 3) uint8 RGB.
    """

    task: DemoTask
    before: dict[str, float]
    after: dict[str, float]
    seconds: float
    iterations: int
    checkpoint: Path
    loss: list[tuple[int, float]]
    score: list[tuple[int, float]]
    panels: list[np.ndarray]


def run_task(task: DemoTask, *, work_dir: Path, num_panels: int = 6) -> DemoResult:
    """Train and evaluate one task; its checkpoint is left in ``work_dir``, its logs below it."""
    run_dir = work_dir / task.name
    cfg = RunOptions(config=task.config, work_dir=str(run_dir)).load()
    check_config(cfg, splits=("train", "val"))
    runner = Runner.from_cfg(cfg)
    before = runner.val()
    start = time.perf_counter()
    runner.train()
    seconds = time.perf_counter() - start
    after = runner.val()
    last = find_latest_checkpoint(str(run_dir))
    assert last is not None, run_dir
    checkpoint = work_dir / f"{Path(task.config).stem}.pth"
    shutil.copyfile(last, checkpoint)
    loss, score = _curves(Path(runner.log_dir), names=("loss", next(iter(task.metrics))))
    return DemoResult(
        task=task,
        before=_headed(before, task.metrics),
        after=_headed(after, task.metrics),
        seconds=seconds,
        iterations=runner.iter,
        checkpoint=checkpoint,
        loss=loss,
        score=score,
        panels=task.draw(runner, num_panels),
    )


def _headed(metrics: dict[str, Any], headings: dict[str, str]) -> dict[str, float]:
    return {heading: float(metrics[name]) for name, heading in headings.items()}


def _curves(log_dir: Path, *, names: Sequence[str]) -> list[list[tuple[int, float]]]:
    """Read logged scalars as lists of (iteration, value).

    mmengine logs a validation under the epoch, or the iteration, that it follows; the training
    lines before it tell the iteration.
    """
    curves: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    iteration = 0
    for line in (log_dir / "vis_data" / "scalars.json").read_text().splitlines():
        record = json.loads(line)
        iteration = record.get("iter", iteration)
        for name in names:
            if name in record:
                curves[name].append((iteration, record[name]))
    return list(curves.values())
