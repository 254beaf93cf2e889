"""The curves of trainings, from the logs in their work dirs: a picture and a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure

from hrnet_mm.benchmark.work_dir import log_records
from hrnet_mm.errors import UserError
from hrnet_mm.tables import print_table, terminal_table
from hrnet_mm.whole_file import whole_file

COLUMNS = 4
_COUNTERS = ("step", "iter", "epoch")
_SPEED = {"time": "s", "data_time": "s", "memory": "MB"}  # with units
_WITHOUT_BEST = ("lr", "base_lr", "momentum", "grad_norm", *_SPEED)
_LOWER_IS_BETTER = ("loss", "NME", "EPE", "MPJPE")  # in names of losses and of mmpose's errors


@dataclass(frozen=True, kw_only=True)
class Curves:
    """What a training has logged.

    Attributes:
        work_dir: Its folder.
        points: By quantity the values by iteration.
        metrics: The quantities that validations have measured.
    """

    work_dir: Path
    points: dict[str, dict[int, float]] = field(default_factory=dict)
    metrics: set[str] = field(default_factory=set)


def read_curves(work_dir: Path) -> Curves:
    """Read the logs of a work dir; what a resumed or new run has done again is taken from it.

    Raises:
        UserError: There are no logs, or one is broken.
    """
    curves = Curves(work_dir=work_dir)
    for log in sorted(work_dir.glob("*/vis_data/scalars.json")):  # named by their time
        _add(curves, [*log_records(log)])
    if not curves.points:
        raise UserError(f"{work_dir} holds no log of a training; give the folder of a run")
    return curves


def _add(curves: Curves, records: Sequence[dict[str, float]]) -> None:
    start = next((record["step"] for record in records if "lr" in record), np.inf)
    for name, points in [*curves.points.items()]:
        curves.points[name] = {step: value for step, value in points.items() if step < start}
        if not curves.points[name]:
            del curves.points[name]
    iteration = max((step for points in curves.points.values() for step in points), default=0)
    for record in records:
        is_training = "lr" in record
        if is_training:
            iteration = int(record["step"])  # the step of a validation may be an epoch
        for name, value in record.items():
            if name in _COUNTERS or not isinstance(value, (int, float)):
                continue
            if is_training or name not in _SPEED:
                curves.points.setdefault(name, {})[iteration] = value
                if not is_training:
                    curves.metrics.add(name)


def quantities(runs: Sequence[Curves]) -> list[str]:
    """Return what was logged: losses, learning rates, metrics, others, and the speed."""
    metrics = {name for run in runs for name in run.metrics}

    def place(name: str) -> int:
        groups = ("loss" in name, "lr" in name, name in metrics, name not in _SPEED, True)
        return groups.index(True)

    return sorted(dict.fromkeys(name for run in runs for name in run.points), key=place)


def main_quantities(curves: Curves) -> list[str]:
    """Return the losses, the learning rate and the metrics, of which a report tells."""
    return [name for name in quantities([curves]) if name == "lr" or name not in _WITHOUT_BEST]


def plot_curves(runs: Sequence[Curves], file: Path) -> None:
    """Draw a panel for each quantity, with a line for each run; the format is the suffix's."""
    names = quantities(runs)
    figure = Figure(figsize=(4 * COLUMNS, panels_height(names) + 0.4), layout="constrained")
    first, *_ = draw_panels(figure, runs, names)
    handles, labels = first.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(runs))
    with whole_file(file) as unfinished:
        figure.savefig(unfinished, dpi=100)


def panels_height(names: Sequence[str]) -> float:
    """Return the height of `draw_panels` in inches."""
    return 2.6 * -(-len(names) // COLUMNS)


def draw_panels(
    figure: Figure | SubFigure, runs: Sequence[Curves], names: Sequence[str]
) -> Sequence[Any]:
    """Draw a panel for each of the quantities, with a line for each run; return the axes."""
    rows, columns = -(-len(names) // COLUMNS), min(COLUMNS, len(names))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(names) :]:
        axis.axis("off")
    for axis, name in zip(axes, names, strict=False):
        for number, (run, label) in enumerate(zip(runs, _labels(runs), strict=True)):
            points = sorted(run.points.get(name, {}).items())
            marker = "o" if name in run.metrics else ""
            iterations, values = zip(*points, strict=True) if points else ((), ())
            axis.plot(iterations, values, f"C{number}{marker}-", markersize=3, label=label)
        axis.set_title(f"{name} [{_SPEED[name]}]" if name in _SPEED else name, fontsize=10)
        axis.grid(alpha=0.3)
    figure.supxlabel("iteration", fontsize=10)
    return list(axes)


HEADINGS = ("run", "quantity", "last", "best", "at iteration")


def table_rows(runs: Sequence[Curves]) -> list[tuple[str, ...]]:
    """Return for each quantity of each run its last value, its best and the iteration of that."""
    rows = []
    for run, label in zip(runs, _labels(runs), strict=True):
        for name in quantities([run]):
            points = run.points[name]
            best = _best(name, points)
            found = ("", "") if best is None else (f"{points[best]:.4g}", str(best))
            rows.append((label, name, f"{points[max(points)]:.4g}", *found))
    return rows


def _best(name: str, points: dict[int, float]) -> int | None:
    usable = {step: value for step, value in points.items() if not isnan(value)}
    if name in _WITHOUT_BEST or not usable:
        return None
    choose = min if any(part in name for part in _LOWER_IS_BETTER) else max
    return choose(sorted(usable), key=lambda step: usable[step])


def print_curves(runs: Sequence[Curves]) -> None:
    """Print the table."""
    print_table(terminal_table(HEADINGS, table_rows(runs), right_aligned=HEADINGS[2:]))


def _labels(runs: Sequence[Curves]) -> list[str]:
    names = [run.work_dir.resolve().name for run in runs]
    return names if len(set(names)) == len(names) else [str(run.work_dir) for run in runs]
