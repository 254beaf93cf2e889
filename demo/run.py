"""One task of the demo: evaluate the untrained model, train it, evaluate it again."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import Runner

from demo.kept import DemoResult, config_of
from demo.screen import Row, Screen
from demo.tasks import Metric
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.apis.sample_predictions import predicted_samples
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.launch.continuing import last_checkpoint
from hrnet_mm.launch.run_phase import run_phase
from hrnet_mm.whole_file import whole_file

LOSS_POINTS = 200  # of the curve


def run_task(result: DemoResult, *, seed: int, screen: Screen, row: Row) -> None:
    """Train and evaluate a task, or go on with it, and fill in its result.

    Its checkpoint is left in the demo's ``work_dir``, its logs and drawings in a folder there.
    """
    task = result.task
    cfg = config_of(task, work_dir=result.work_dir, seed=seed)
    if result.before:
        cfg.load_from = last_checkpoint(cfg)
        cfg.resume = cfg.load_from is not None
    with damaged_images_refused():
        runner = build_checked_runner(cfg, splits=("train", "val"))
        runner.register_hook(_ResultHook(result=result, screen=screen, row=row), priority="LOWEST")
        try:
            with run_phase(runner):
                _train(runner, result)
            row.state = "drawing"
            screen.event(row)
            _draw_samples(runner, result)
        finally:
            _end_workers(runner)
    last = last_checkpoint(cfg)
    assert last is not None, result.folder
    with whole_file(result.checkpoint) as unfinished:
        shutil.copyfile(last, unfinished)
    result.iterations = runner.iter


def _train(runner: Runner, result: DemoResult) -> None:
    if not result.before:
        runner.val()
        result.before = result.after
        result.save()
    runner.train()
    if result.score[-1][0] < runner.iter:  # it was stopped after the last epoch
        runner.val()


def _draw_samples(runner: Runner, result: DemoResult) -> None:
    dataset: Any = runner.val_dataloader.dataset
    loaded = LoadedModel(
        network=runner.model,
        cfg=runner.cfg,  # type: ignore
        meta=dataset.metainfo,
        task=result.task.name,
    )
    tiles = predicted_samples(
        loaded, dataset=dataset, annotated=dataset, number=result.task.samples
    )
    result.panels = []
    for tile in tiles:
        result.panels.append(f"{Path(tile.lines[0]).stem}.png")
        mmcv.imwrite(tile.image, str(result.predictions / result.panels[-1]))


def _end_workers(runner: Runner) -> None:
    """End the workers of the data loaders.

    If they are left to the garbage collector, it may close a worker's queue before the worker is
    told to end, and then PyTorch (2.11) waits 5 s for each.
    """
    for loop in (runner.train_loop, runner.val_loop):
        loader: Any = loop.dataloader  # type: ignore
        if loader._iterator is not None:
            loader._iterator._shutdown_workers()


class _ResultHook(Hook):
    """Notes the figures of a training in its result and shows them."""

    def __init__(self, *, result: DemoResult, screen: Screen, row: Row) -> None:
        self.result = result
        self.screen = screen
        self.row = row
        self.losses: list[float] = []

    def before_train(self, runner: Runner) -> None:
        """Drop what an earlier run noted after its last checkpoint."""
        self.result.forget_after(runner.iter)

    def before_train_epoch(self, runner: Runner) -> None:
        """Show which epoch it is."""
        self.row.state = _epoch(runner, runner.epoch + 1)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Note the loss."""
        assert outputs is not None
        iteration, total = runner.iter + 1, runner.max_iters
        self.losses.append(float(outputs["loss"]))
        if iteration % max(1, total // LOSS_POINTS) == 0:
            self.row.loss = float(np.mean(self.losses))
            self.result.loss.append((iteration, self.row.loss))
            self.losses = []
        self.row.count(iteration, total=total)
        self.screen.progress(self.row)

    def after_train_epoch(self, runner: Runner) -> None:
        """Keep the result on disk: the checkpoint of the epoch is written."""
        self._save()

    def before_val_epoch(self, runner: Runner) -> None:
        """Show that the metrics are being measured."""
        self.row.state = "evaluating"

    def after_val_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Let the user stop."""
        self.screen.check_interrupt()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Note the metrics."""
        assert metrics is not None
        task = self.result.task
        self.result.after = _headed(metrics, task.metrics)
        first = self.result.after[task.metrics[0].heading]
        self.result.score.append((runner.iter, first))
        self.row.measure(first)
        self.row.state = _epoch(runner, runner.epoch) if runner.iter else "untrained"
        self.screen.event(self.row)
        self._save()

    def _save(self) -> None:
        self.result.seconds = self.row.elapsed
        self.result.save()


def _epoch(runner: Runner, number: int) -> str:
    return f"epoch {number}/{runner.max_epochs}"


def _headed(values: dict[str, Any], metrics: Sequence[Metric]) -> dict[str, float]:
    if not values:  # mmdet's evaluator gives none where there is no detection at all
        return {metric.heading: 0.0 for metric in metrics}
    return {metric.heading: float(values[metric.name]) / metric.best for metric in metrics}
