"""One task of the demo: evaluate the untrained model, train it, evaluate it again."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.runner import find_latest_checkpoint

from demo.drawing import Draw, draw_predictions
from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.whole_file import whole_file


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure to report.

    Attributes:
        name: The evaluator's name of it.
        heading: What it is called in tables.
        best: The evaluator's best value, which is reported as 1.
    """

    name: str
    heading: str
    best: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DemoTask:
    """What the demo trains, measures and shows.

    Attributes:
        name: The task, as in ``make demo TASK=name``.
        config: Path of the config.
        metrics: What to report; the first is the one that the curve shows.
        draw: How an image is drawn with its truth and predictions.
        caption: What ``draw`` shows.
        grid: Rows and columns of images in the figure.
        pretrained_by: The task whose trained backbone the config starts from.
    """

    name: str
    config: str
    metrics: tuple[Metric, ...]
    draw: Draw
    caption: str
    grid: tuple[int, int] = (3, 2)
    pretrained_by: "DemoTask | None" = None

    def checkpoint(self, work_dir: Path) -> Path:
        """Return the path of the trained model."""
        return work_dir / f"{Path(self.config).stem}.pth"


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """The results of a task.

    Attributes:
        task: The task.
        before: Metrics of the untrained model, by heading.
        after: Metrics of the trained model, by heading.
        seconds: Duration of the training, its validation included.
        iterations: How many there were.
        checkpoint: The trained model.
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


def in_order(tasks: Sequence[DemoTask], *, work_dir: Path) -> list[DemoTask]:
    """Put the task that another starts from before it, unless its trained model exists."""
    ordered: list[DemoTask] = []
    for task in tasks:
        first = task.pretrained_by
        if first and (first in tasks or not first.checkpoint(work_dir).is_file()):
            ordered.append(first)
        ordered.append(task)
    return list(dict.fromkeys(ordered))


def run_task(task: DemoTask, *, work_dir: Path) -> DemoResult:
    """Train and evaluate one task; its checkpoint is left in ``work_dir``, its logs below it."""
    run_dir = work_dir / task.name
    options: dict[str, Any] = {}
    if task.pretrained_by:
        backbone = task.pretrained_by.checkpoint(work_dir)
        options["model.backbone.init_cfg.checkpoint"] = str(backbone)
    cfg = RunOptions(config=task.config, work_dir=str(run_dir), cfg_options=options).load()
    runner = build_checked_runner(cfg, splits=("train", "val"))
    before = runner.val()
    start = time.perf_counter()
    runner.train()
    seconds = time.perf_counter() - start
    after = runner.val()
    last = find_latest_checkpoint(str(run_dir))
    assert last is not None, run_dir
    checkpoint = task.checkpoint(work_dir)
    with whole_file(checkpoint) as unfinished:
        shutil.copyfile(last, unfinished)
    curve = task.metrics[0]
    loss, score = _curves(Path(runner.log_dir), names=("loss", curve.name))
    rows, columns = task.grid
    return DemoResult(
        task=task,
        before=_headed(before, task.metrics),
        after=_headed(after, task.metrics),
        seconds=seconds,
        iterations=runner.iter,
        checkpoint=checkpoint,
        loss=loss,
        score=[(iteration, value / curve.best) for iteration, value in score],
        panels=draw_predictions(
            runner, draw=task.draw, number=rows * columns, folder=run_dir / "predictions"
        ),
    )


def _headed(values: dict[str, Any], metrics: Sequence[Metric]) -> dict[str, float]:
    return {metric.heading: float(values[metric.name]) / metric.best for metric in metrics}


def _curves(log_dir: Path, *, names: Sequence[str]) -> list[list[tuple[int, float]]]:
    """Read logged scalars as lists of (iteration, value).

    mmengine logs a validation with the epoch or iteration before it; the iteration is that of the
    last training line.
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
