"""Measured results compared with the published ones: reads work dirs, makes tables and a plot."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from matplotlib.figure import Figure
from mmengine.config import Config

from hrnet_mm.benchmark.published import SOURCES, Row, load_published
from hrnet_mm.benchmark.work_dir import find_config, log_records
from hrnet_mm.errors import UserError
from hrnet_mm.tables import markdown_table, print_table, terminal_table
from hrnet_mm.whole_file import whole_file

# Splits that only test servers evaluate.
SERVER_SPLITS = (("COCO", "test-dev"), ("Cityscapes", "test"))

# By the evaluators' names: the published names, and the factor to percent.
_EVALUATED = {
    "coco/AP": ("AP", 100),
    "coco/AP .5": ("AP50", 100),
    "coco/AP .75": ("AP75", 100),
    "coco/AP (M)": ("AP_M", 100),
    "coco/AP (L)": ("AP_L", 100),
    "coco/AR": ("AR", 100),
    "NME": ("NME", 100),
    "EPE": ("end-point error", 1),
    "mIoU": ("mIoU", 1),
    "coco/bbox_mAP": ("box AP", 100),
    "coco/bbox_mAP_50": ("box AP50", 100),
    "coco/segm_mAP": ("mask AP", 100),
    "accuracy/top1": ("top-1", 1),
    "accuracy/top5": ("top-5", 1),
}
# PCK metrics of mmpose for other datasets use the same names.
_EVALUATED_ON_MPII = {"PCK": ("PCKh", 1), "PCK@0.1": ("PCKh@0.1", 1)}
_AUGMENTATIONS = {"SegTTAModel": "ms+flip", "SegMirrorTTAModel": "flip"}
_SUBSETS = (  # suffixes of annotation files
    *("pose", "expression", "illumination", "makeup", "occlusion", "blur"),
    *("frontal", "common", "challenge"),
)
_NO_METRICS = ("time", "data_time", "step")


@dataclass(frozen=True, kw_only=True)
class Run:
    """The results of a finished run.

    Attributes:
        work_dir: Its folder.
        config: Stem of the config's file name.
        metrics: Figures by their published names, or the evaluator's where there is none.
        kind: "test", or "last validation" if there was no test since.
        annotations: Stem of the annotation file of the test split, if any.
    """

    work_dir: Path
    config: str
    metrics: Mapping[str, float]
    kind: str
    annotations: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A run and the published row of its config, if any."""

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
    """Read the work dir of ``train.py`` or ``test.py`` of any toolbox.

    Of several tests and validations, the last one is used.

    Raises:
        FileNotFoundError: The folder, its config or its metrics are missing.
        UserError: A file of metrics is broken; the message names it.
    """
    named_by = find_config(work_dir)
    folders = {path.parent.parent for path in work_dir.glob("*/vis_data/scalars.json")}
    # mmengine's results of tests have the time stamp of the folder; others may be dumped results.
    folders |= {path.parent for path in work_dir.glob("*/*.json") if path.stem == path.parent.name}
    for folder in sorted(folders, reverse=True):
        kind, metrics = _measured(folder)
        if metrics:
            break
    else:
        raise FileNotFoundError(f"{work_dir} holds no metrics; was the run finished?")
    dumped = folder / "vis_data/config.py"  # by mmengine, next to each log
    cfg = Config.fromfile(dumped if dumped.is_file() else named_by)
    test_dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    annotations = Path(test_dataset.get("ann_file") or "").stem
    return Run(
        work_dir=work_dir,
        config=named_by.stem,
        metrics=dict(_renamed(metrics, cfg=cfg, annotations=annotations)),
        kind=kind,
        annotations=annotations,
    )


def _measured(folder: Path) -> tuple[str, dict[str, float]]:
    """Read the test results of one start of a run, or its last validation."""
    test = folder / f"{folder.name}.json"
    if test.is_file():
        try:
            return "test", json.loads(test.read_text())
        except json.JSONDecodeError as error:
            raise UserError(f"{test} is not json ({error}); run the test again") from error
    log = folder / "vis_data/scalars.json"
    validations = [record for record in log_records(log) if "lr" not in record]
    return "last validation", validations[-1] if validations else {}


def _renamed(
    metrics: Mapping[str, float], *, cfg: Config, annotations: str
) -> Iterator[tuple[str, float]]:
    """Yield the metrics that tables show, by published names; all metrics if there are none."""
    evaluators = cfg.get("test_evaluator") or []
    evaluators = evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]
    on_mpii = any(evaluator["type"] == "MpiiPCKAccuracy" for evaluator in evaluators)
    known = _EVALUATED | (_EVALUATED_ON_MPII if on_mpii else {})
    kind = cfg.get("model", {}).get("type", "")
    augmentation = _AUGMENTATIONS.get(kind, "augmented" if kind.endswith("TTAModel") else None)
    subset = next((name for name in _SUBSETS if annotations.endswith(f"_{name}")), None)
    figures = [key for key, value in metrics.items() if isinstance(value, (int, float))]
    shown = [key for key in known if key in figures]
    for key in shown or [key for key in figures if key not in _NO_METRICS]:
        name, factor = known.get(key, (key, 1))
        name = f"{name} {subset}" if subset and name == "NME" else name
        yield f"{name} ({augmentation})" if augmentation else name, metrics[key] * factor


def compare(runs: Iterable[Run], *, rows: Sequence[Row] | None = None) -> list[Entry]:
    """Match each run with the published row of its config."""
    return [Entry(run=run, row=_row_of(run, rows or load_published())) for run in runs]


def _row_of(run: Run, rows: Sequence[Row]) -> Row | None:
    candidates = [
        row
        for row in rows
        if (row.dataset, row.split) not in SERVER_SPLITS
        and any(Path(config).stem == run.config for config in row.configs)
    ]

    def fit(row: Row) -> tuple[bool, int]:
        """Prefer the row of the tested split, then the one with most of the measured metrics."""
        in_common = sum(len(result.metrics.keys() & run.metrics.keys()) for result in row.results)
        return row.split in run.annotations.split("_"), in_common

    return max(candidates, key=fit, default=None)


HEADINGS = ("config", "of", "metric", "this run", *SOURCES.values())


def table_rows(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Return the rows of the table: measured, then each source's figure and the difference."""
    return [
        (
            entry.run.config,
            f"{entry.run.kind}, {entry.run.work_dir.name}",
            metric,
            f"{value:.2f}",
            *(_figure(entry.published(metric).get(source), value) for source in SOURCES),
        )
        for entry in entries
        for metric, value in entry.run.metrics.items()
    ]


def _figure(published: float | None, measured: float) -> str:
    if published is None:
        return ""
    return f"{published:g}" + ("" if isnan(measured) else f" ({measured - published:+.2f})")


def print_comparison(entries: Sequence[Entry]) -> None:
    """Print the table."""
    title = "this run, and the published figures (difference)"
    print_table(terminal_table(HEADINGS, table_rows(entries), title=title), min_width=160)


def markdown_comparison(entries: Sequence[Entry]) -> str:
    """Return the table in Markdown, with the source of each figure."""
    text = markdown_table(HEADINGS, table_rows(entries))
    sources = dict.fromkeys(
        f"- {entry.row.title}: {result.where}\n"
        for entry in entries
        if entry.row
        for result in entry.row.results
    )
    return f"{text}\nSources:\n\n{''.join(sources) or '- none'}"


def plot(entries: Sequence[Entry], path: Path) -> None:
    """Draw each run's first metric as a bar, with the published figures as markers."""
    figure = Figure(figsize=(9, 1.2 + 0.6 * len(entries)), layout="constrained")
    axis = figure.subplots()
    markers = dict(zip(SOURCES, "osD^v", strict=True))
    for y, entry in enumerate(entries):
        metric, value = next(iter(entry.run.metrics.items()))
        axis.barh(y, 0 if isnan(value) else value, color="lightsteelblue", label="this run")
        axis.text(0, y, f" {entry.run.config}: {metric} {value:.1f}", va="center", fontsize=8)
        for source, published in entry.published(metric).items():
            axis.plot(published, y, markers[source], color="black", label=SOURCES[source])
    axis.set_yticks([])
    axis.invert_yaxis()
    handles, labels = axis.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axis.legend(once.values(), once.keys(), loc="lower right", fontsize=8)
    with whole_file(path) as unfinished:
        figure.savefig(unfinished, dpi=120)
