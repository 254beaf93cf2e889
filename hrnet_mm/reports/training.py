"""Reports on a training that has ended: ``report.md`` and ``report.png`` in its work dir."""

import time
from pathlib import Path
from typing import Any

from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import IterBasedTrainLoop, Runner, load_checkpoint
from PIL.Image import Image

from hrnet_mm.apis.annotated import build_annotated
from hrnet_mm.apis.model import TASKS, LoadedModel
from hrnet_mm.apis.sample_predictions import predicted_samples
from hrnet_mm.benchmark.curves import HEADINGS, Curves, main_quantities, read_curves, table_rows
from hrnet_mm.errors import UserError
from hrnet_mm.hooks.runner_utils import unwrapped_model
from hrnet_mm.reports.page import Section, samples_sheet, write_page
from hrnet_mm.tables import markdown_table

FILE = "report.md"
NUMBER = 6  # of samples


class ReportHook(Hook):
    """Write a report at the end of a training.

    It is written by the first process, and by a training that comes to its end alone: the report of
    an earlier one in the same work dir is deleted at the start. What cannot be drawn is told in a
    line of the report and of the log, and the training has ended well all the same.

    Args:
        command: Of the training, for the shell.
    """

    priority = "LOWEST"  # after the last checkpoint

    def __init__(self, *, command: str) -> None:
        self._command = command
        self._began = 0.0

    def before_train(self, runner: Runner) -> None:
        """Delete an earlier report, and start the clock."""
        self._began = time.monotonic()
        if runner.rank == 0:
            for suffix in (".md", ".png"):
                Path(runner.work_dir, FILE).with_suffix(suffix).unlink(missing_ok=True)

    def after_train(self, runner: Runner) -> None:
        """Write the report."""
        if runner.rank != 0:
            return
        seconds = time.monotonic() - self._began
        file = Path(runner.work_dir, FILE)
        section, problems = _section(runner, command=self._command, seconds=seconds)
        try:
            write_page([section], title="Training", file=file)
        except OSError as error:  # such as a full disk
            problems.append(f"{file} could not be written: {error}")
        else:
            runner.logger.info(f"report: {file} ({time.monotonic() - self._began - seconds:.1f} s)")
        for problem in problems:
            runner.logger.warning(problem)


def _section(runner: Runner, *, command: str, seconds: float) -> tuple[Section, list[str]]:
    """Tell what there is to report, and a line for each thing that could not be drawn."""
    problems = []
    curves, samples = None, None
    try:
        curves = read_curves(Path(runner.work_dir))
    except (UserError, OSError) as error:
        problems.append(f"The curves could not be drawn: {_in_a_line(error)}")
    checkpoint, chosen_by = _best_checkpoint(runner, curves)
    if runner.val_loop is None:
        problems.append("No samples are drawn, since the training has no val_dataloader.")
    else:
        try:
            samples = _samples(runner, checkpoint=checkpoint)
        except Exception as error:  # a pipeline, model or visualizer can raise anything
            problems.append(f"The samples could not be drawn: {_in_a_line(error)}")
    cfg: Any = runner.cfg
    text = [
        f"Command: `{command}`",
        f"In the folder `{Path.cwd()}`, {_processes(runner)}; config: `{cfg.filename}`",
        _length(runner, seconds=seconds),
        f"Best checkpoint: {f'`{checkpoint}`, ' if checkpoint else ''}{chosen_by}",
        *([_table(curves)] if curves else []),
        *problems,
    ]
    name = Path(str(cfg.filename)).stem
    return Section(name=name, text=text, curves=curves, samples=samples), problems


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, UserError | OSError) else f"{type(error).__name__}: {text}"


def _processes(runner: Runner) -> str:
    number = runner.world_size
    return "in one process" if number == 1 else f"in {number} processes ({runner._launcher})"


def _length(runner: Runner, *, seconds: float) -> str:
    by_iteration = isinstance(runner.train_loop, IterBasedTrainLoop)
    epochs = "" if by_iteration else f"{runner.epoch} epochs, "
    resumed = ", resumed" if runner._resume else ""
    return f"{epochs}{runner.iter} iterations; this run took {seconds:.0f} s{resumed}"


def _best_checkpoint(runner: Runner, curves: Curves | None) -> tuple[str | None, str]:
    """Return the path of the best checkpoint, if there is one, and what it was chosen by."""
    infos = runner.message_hub.runtime_info
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)
    metrics = getattr(hook, "key_indicators", None) or []
    for metric in metrics:
        suffix = f"_{metric}" if len(metrics) > 1 else ""
        path, score = infos.get(f"best_ckpt{suffix}"), infos.get(f"best_score{suffix}")
        if path is not None and score is not None:
            return path, f"{metric} {float(score):.4g}"
    path = infos.get("last_ckpt")
    if path is None:
        return None, "none was written"
    measured = ""
    if curves and curves.metrics:
        last = {name: curves.points[name] for name in curves.points if name in curves.metrics}
        measured = "; " + ", ".join(f"{name} {p[max(p)]:.4g}" for name, p in last.items())
    return path, f"the last, for `default_hooks.checkpoint.save_best` chose none{measured}"


def _samples(runner: Runner, *, checkpoint: str | None) -> Image:
    """Draw predictions of a checkpoint, or of the model as it is."""
    cfg: Any = runner.cfg
    task = TASKS.get(cfg.get("default_scope", ""))
    if task is None:
        raise UserError(f"default_scope is none of {', '.join(TASKS)}")
    network: Any = unwrapped_model(runner)
    if checkpoint is not None:
        load_checkpoint(network, checkpoint, map_location="cpu", logger="silent")
    dataset: Any = runner.val_dataloader.dataset
    loaded = LoadedModel(network=network, cfg=cfg, meta=dataset.metainfo, task=task)
    annotated = build_annotated(cfg, split="val", built=dataset)
    tiles = predicted_samples(loaded, dataset=dataset, annotated=annotated, number=NUMBER)
    return samples_sheet(tiles)


def _table(curves: Curves) -> str:
    shown = main_quantities(curves)
    rows = [row[1:] for row in table_rows([curves]) if row[1] in shown]
    return markdown_table(HEADINGS[1:], rows, right_aligned=HEADINGS[2:])
