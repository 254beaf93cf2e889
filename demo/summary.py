"""The demo's results as a page and a picture, as ``tools/train.py`` reports a training."""

from collections.abc import Sequence
from pathlib import Path

import mmcv

from demo.kept import DemoResult
from hrnet_mm.apis.sheets import Tile
from hrnet_mm.benchmark.curves import Curves
from hrnet_mm.reports.page import Section, samples_sheet, write_page
from hrnet_mm.tables import markdown_table


def write_summary(results: Sequence[DemoResult], *, folder: Path) -> tuple[Path, Path]:
    """Write ``summary.md`` and ``summary.png`` into ``folder``; return their paths."""
    file = folder / "summary.md"
    write_page([_section(result) for result in results], title="Demo", file=file)
    return file, file.with_suffix(".png")


def _section(result: DemoResult) -> Section:
    headings = list(result.after)
    rows = [
        [name, *(f"{metrics[heading]:.3f}" for heading in headings)]
        for name, metrics in (("untrained", result.before), ("trained", result.after))
    ]
    score = f"held-out {result.task.metrics[0].heading}"
    points = {"training loss": dict(result.loss), score: dict(result.score)}
    text = [
        f"`{result.task.config}`, {result.iterations} iterations in {result.seconds:.0f} s",
        markdown_table(["held-out split", *headings], rows, right_aligned=headings),
        f"Checkpoint: `{result.checkpoint}`",
    ]
    samples = [
        Tile(image=mmcv.imread(str(result.predictions / name)), lines=(name,))
        for name in result.panels
    ]
    return Section(
        name=result.task.name,
        text=text,
        curves=Curves(work_dir=result.folder, points=points, metrics={score}),
        samples=samples_sheet(samples),
    )
