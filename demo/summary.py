"""The demo's results as a table and as a figure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
from matplotlib.figure import Figure, SubFigure

from demo.kept import DemoResult
from hrnet_mm.launch.environment import describe_environment
from hrnet_mm.tables import markdown_table
from hrnet_mm.whole_file import whole_file

GAP = 6  # pixels around each image


def write_summary(results: Sequence[DemoResult], *, folder: Path) -> tuple[Path, Path]:
    """Write ``summary.md`` and ``summary.png`` into ``folder``; return their paths."""
    table, plot = folder / "summary.md", folder / "summary.png"
    with whole_file(table) as unfinished:
        unfinished.write_text(_markdown(results))
    figure = Figure(figsize=(17, 8 * len(results)), layout="constrained")
    for part, result in zip(
        figure.subfigures(len(results), 1, squeeze=False)[:, 0], results, strict=True
    ):
        _draw_result(part, result)
    with whole_file(plot) as unfinished:
        # Compressed as little as possible, for that takes half of the time.
        figure.savefig(unfinished, dpi=100, pil_kwargs={"compress_level": 1})
    return table, plot


def _markdown(results: Sequence[DemoResult]) -> str:
    environment = describe_environment()
    lines = ["# Demo", "", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {environment.pop('device')}."]
    for result in results:
        headings = list(result.after)
        rows = [
            [name, *(f"{metrics[heading]:.3f}" for heading in headings)]
            for name, metrics in (("untrained", result.before), ("trained", result.after))
        ]
        lines += [
            "",
            f"## {result.task.name}",
            "",
            f"`{result.task.config}`, {result.iterations} iterations in {result.seconds:.0f} s",
            "",
            markdown_table(["held-out split", *headings], rows, right_aligned=headings),
            f"Checkpoint: `{result.checkpoint}`",
        ]
    versions = ", ".join(f"{name} {version}" for name, version in environment.items())
    return "\n".join([*lines, "", f"Versions: {versions}.", ""])


def _draw_result(part: SubFigure, result: DemoResult) -> None:
    columns: Any = part.subfigures(1, 2, width_ratios=(3, 1))
    images, curves = columns
    axis = images.subplots()
    axis.set_title(f"{result.task.name}: {result.task.caption}")
    axis.axis("off")
    axis.imshow(_montage(result))
    heading = result.task.metrics[0].heading
    before, after = result.before[heading], result.after[heading]
    loss_axis, score_axis = curves.subplots(2, 1)
    loss_axis.plot(*zip(*result.loss, strict=True))
    loss_axis.set(title="training loss", xlabel="iteration", yscale="log")
    score_axis.plot(*zip(*result.score, strict=True), marker="o")
    score_axis.set(title=f"held-out {heading}: {before:.3f} → {after:.3f}", xlabel="iteration")
    score_axis.set_ylim(0, 1)
    for axis in (loss_axis, score_axis):
        axis.grid(alpha=0.3)


def _montage(result: DemoResult) -> np.ndarray:
    """Put the panels of a task, which have one size, side by side: (H, W, 3) uint8 RGB."""
    panels = [mmcv.imread(result.predictions / p, channel_order="rgb") for p in result.panels]
    rows, columns = result.task.grid
    cells = np.full((rows * columns, *panels[0].shape), 255, np.uint8)
    cells[: len(panels)] = panels
    framed = np.pad(cells, ((0, 0), (GAP, GAP), (GAP, GAP), (0, 0)), constant_values=255)
    return np.vstack([np.hstack([*row]) for row in np.split(framed, rows)])
