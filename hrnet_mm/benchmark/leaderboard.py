"""Measured results beside the published ones: reads work dirs, makes tables and a plot."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from mmengine.config import Config
from rich.table import Table

from hrnet_mm.benchmark.published import SOURCES, Result, Row, load_published
from hrnet_mm.benchmark.work_dir import find_config

# What only a test server measures; a run here can be on the other splits alone.
SERVER_SPLITS = (("COCO", "test-dev"), ("Cityscapes", "test"))

# The evaluators' names: ours, and the factor to percent.
_EVALUATED = {
    "coco/AP": ("AP", 100),
    "coco/AP .5": ("AP50", 100),
    "coco/AP .75": ("AP75", 100),
    "coco/AP (M)": ("AP_M", 100),
    "coco/AP (L)": ("AP_L", 100),
    "coco/AR": ("AR", 100),
    "PCK": ("PCKh", 1),
    "PCK@0.1": ("PCKh@0.1", 1),
    "NME": ("NME", 100),
    "EPE": ("end-point error", 1),
    "mIoU": ("mIoU", 1),
    "coco/bbox_mAP": ("box AP", 100),
    "coco/bbox_mAP_50": ("box AP50", 100),
    "coco/segm_mAP": ("mask AP", 100),
    "accuracy/top1": ("top-1", 1),
    "accuracy/top5": ("top-5", 1),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a finished run measured.

    Attributes:
        work_dir: Its folder.
        config: Stem of the config's file name.
        metrics: Figures by their published names.
        kind: "test", or "last validation" of a training that was not tested.
    """

    work_dir: Path
    config: str
    metrics: Mapping[str, float]
    kind: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A run and the published row that it stands beside, if there is one."""

    run: Run
    row: Row | None

    def published(self, metric: str) -> dict[str, float]:
        """Return the published figures for a metric by source, the first of each source."""
        figures: dict[str, float] = {}
        for result in self.row.results if self.row else ():
            if metric in result.metrics:
                figures.setdefault(result.source, result.metrics[metric])
        return figures


def read_run(work_dir: Path) -> Run:
    """Read what a ``train.py`` or ``test.py`` of any toolbox left in its work dir.

    Raises:
        FileNotFoundError: The folder, its config or its metrics are missing.
        ValueError: A file of metrics is broken; the message names it.
    """
    config = find_config(work_dir)
    tested = sorted(work_dir.glob("*/*.json"))
    if tested:
        kind, metrics = "test", _read_json(tested[-1])
    else:
        kind, metrics = "last validation", _last_validation(work_dir)
    named = dict(_renamed(metrics, augmentation=_augmentation(config)))
    if not named:
        raise FileNotFoundError(f"{work_dir} holds no metrics; was the run finished?")
    return Run(work_dir=work_dir, config=config.stem, metrics=named, kind=kind)


def _augmentation(config: Path) -> str | None:
    """Return how figures are called that were measured with the test-time augmentation there."""
    model = Config.fromfile(config).get("model", {})
    return {"SegTTAModel": "ms+flip", "SegMirrorTTAModel": "flip"}.get(model.get("type"))


def _last_validation(work_dir: Path) -> dict[str, float]:
    validations: list[dict[str, float]] = []
    for log in sorted(work_dir.glob("*/vis_data/scalars.json")):
        records = [_parsed(line, log) for line in log.read_text().splitlines()]
        validations += [record for record in records if _EVALUATED.keys() & record.keys()]
    return validations[-1] if validations else {}


def _read_json(path: Path) -> dict[str, float]:
    return _parsed(path.read_text(), path)


def _parsed(text: str, path: Path) -> dict[str, float]:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not json ({error}); run the test again") from error


def _renamed(
    metrics: Mapping[str, float], *, augmentation: str | None
) -> Iterable[tuple[str, float]]:
    for theirs, (ours, factor) in _EVALUATED.items():
        if theirs in metrics:
            yield f"{ours} ({augmentation})" if augmentation else ours, metrics[theirs] * factor


def compare(runs: Iterable[Run], *, rows: Sequence[Row] | None = None) -> list[Entry]:
    """Put each run beside the published row of its config."""
    return [Entry(run=run, row=_row_of(run, rows or load_published())) for run in runs]


def _row_of(run: Run, rows: Sequence[Row]) -> Row | None:
    candidates = [
        row
        for row in rows
        if (row.dataset, row.split) not in SERVER_SPLITS
        and any(Path(config).stem == run.config for config in row.configs)
    ]
    # Of several, the one that reports what was measured.
    return max(candidates, key=lambda row: _in_common(row.results, run), default=None)


def _in_common(results: Sequence[Result], run: Run) -> int:
    return sum(len(result.metrics.keys() & run.metrics.keys()) for result in results)


HEADINGS = ("config", "metric", "this run", *SOURCES.values())


def table_cells(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Return the lines of the table: measured, then each source's figure and the difference."""
    return [
        (
            entry.run.config,
            metric,
            f"{value:.2f}",
            *(_figure(entry.published(metric).get(source), value) for source in SOURCES),
        )
        for entry in entries
        for metric, value in entry.run.metrics.items()
    ]


def _figure(published: float | None, measured: float) -> str:
    return "" if published is None else f"{published:g} ({measured - published:+.2f})"


def text_table(entries: Sequence[Entry]) -> Table:
    """Make the table for a terminal."""
    table = Table(*HEADINGS, title="this run, and the published figures (difference)")
    for cells in table_cells(entries):
        table.add_row(*cells)
    return table


def markdown_table(entries: Sequence[Entry]) -> str:
    """Make the table in Markdown, with where each figure is from."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *table_cells(entries)]
    text = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    sources = [
        f"- {entry.row.title}: {result.where}\n"
        for entry in entries
        if entry.row
        for result in entry.row.results
    ]
    notes = [f"- {e.run.config}: {e.run.kind} of `{e.run.work_dir}`\n" for e in entries]
    return f"{text}\nRuns:\n\n{''.join(notes)}\nSources:\n\n{''.join(sources) or '- none'}"


def plot(entries: Sequence[Entry], path: Path) -> None:
    """Draw each run's first metric as a bar, and the published figures as marks on it."""
    figure, axis = plt.subplots(figsize=(9, 1.2 + 0.6 * len(entries)), layout="constrained")
    markers = dict(zip(SOURCES, "osD^v", strict=True))
    for place, entry in enumerate(entries):
        metric, value = next(iter(entry.run.metrics.items()))
        axis.barh(place, value, color="lightsteelblue", label="this run")
        axis.text(0, place, f" {entry.run.config}: {metric} {value:.1f}", va="center", fontsize=8)
        for source, published in entry.published(metric).items():
            axis.plot(published, place, markers[source], color="black", label=SOURCES[source])
    axis.set_yticks([])
    axis.invert_yaxis()
    handles, labels = axis.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axis.legend(once.values(), once.keys(), loc="lower right", fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)
