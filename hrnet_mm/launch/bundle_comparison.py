"""Compares bundles of one model: metrics, size and time."""

import io
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from mmengine.config import Config

from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.detectors import ROI_HEAD
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, open_graph
from hrnet_mm.deploy.tasks import FeaturesTask
from hrnet_mm.errors import UserError
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.exporting import ExportOptions
from hrnet_mm.launch.tested_network import NetworkChoice
from hrnet_mm.launch.testing import test
from hrnet_mm.tables import markdown_table

_ROUNDS = 30  # of the measurement of time
_SECONDS = 20.0  # after which there is no further round


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was measured of each bundle, by its heading.

    Attributes:
        metrics: Of the config's evaluator, by name.
        not_measured: Why there are none; None if there are.
        megabytes: Of the graphs.
        milliseconds: Of the graph that takes images, for one image.
    """

    metrics: Mapping[str, Mapping[str, float]]
    not_measured: str | None
    megabytes: Mapping[str, float]
    milliseconds: Mapping[str, float]

    def table(self) -> str:
        """Put the bundles side by side."""
        headings = [*self.megabytes]
        if self.not_measured is None:
            names = dict.fromkeys(name for found in self.metrics.values() for name in found)
            rows = [[name, *(self._value(h, name) for h in headings)] for name in names]
        else:
            rows = [["metric", *(["not measured"] * len(headings))]]
        rows += [
            ["size, MB", *(f"{self.megabytes[h]:.1f}" for h in headings)],
            ["network, ms", *(f"{self.milliseconds[h]:.1f}" for h in headings)],
        ]
        table = markdown_table(["", *headings], rows, right_aligned=headings)
        return table if self.not_measured is None else f"{table}not measured: {self.not_measured}\n"

    def _value(self, heading: str, name: str) -> str:
        # mmdet's CocoMetric gives nothing at all where nothing is detected.
        value = self.metrics[heading].get(name)
        return "none" if value is None else f"{value:.4g}"


def compare(
    folders: Mapping[str, Path],
    bundle: Bundle,
    options: ExportOptions,
    cfg: Config,
    *,
    image: np.ndarray,
) -> Comparison:
    """Measure bundles that differ in the numbers with which they compute.

    Args:
        folders: The bundles, by heading.
        bundle: What is known of all of them.
        options: Of their export.
        cfg: The config.
        image: What the network takes, (1, 3, H, W).
    """
    reason = _no_metrics(bundle, cfg)
    metrics: dict[str, dict[str, float]] = {}
    if reason is None:
        # One for all: mmengine's visualizer stays, and with it the folder that it writes to.
        with TemporaryDirectory(prefix="hrnet_mm-") as work_dir:
            try:
                metrics = {h: _metrics(path, options, work_dir) for h, path in folders.items()}
            except (UserError, OSError) as error:
                reason = " ".join(str(error).split())
    sizes = {h: sum(file.stat().st_size for file in f.iterdir()) for h, f in folders.items()}
    return Comparison(
        metrics=metrics,
        not_measured=reason,
        megabytes={heading: size / 1e6 for heading, size in sizes.items()},
        milliseconds=_times(folders, bundle, image),
    )


def _no_metrics(bundle: Bundle, cfg: Config) -> str | None:
    """Return why there can be no metrics; None if there can."""
    if isinstance(bundle.task, FeaturesTask):
        return "the graph gives feature maps"
    for dataset in RunConfig(cfg=cfg, splits=("test",)).datasets:
        if path := dataset.missing_path:
            return f"no val data at {path}"
    return None


def _metrics(folder: Path, options: ExportOptions, work_dir: str) -> dict[str, float]:
    """Return what the config's own evaluator gives."""
    with redirect_stdout(io.StringIO()):
        found = test(
            RunOptions(
                config=options.config,
                work_dir=work_dir,
                cfg_options={**options.cfg_options, "log_level": "ERROR"},
            ),
            checkpoint=str(folder),
            out=None,
            show_dir=None,
            dump=None,
            tta=False,
            choice=NetworkChoice(),
        )
    return {name: float(value) for name, value in found.items() if np.ndim(value) == 0}


def _times(folders: Mapping[str, Path], bundle: Bundle, image: np.ndarray) -> dict[str, float]:
    """Return the time of the graph that takes images, in milliseconds.

    The bundles run in turns, so that what else the computer does slows down all of them.
    """
    suffix, inputs = SUFFIXES[bundle.format], {bundle.input.name: image}
    (name,) = (n for n in bundle.files if n.endswith(suffix) and n != f"{ROI_HEAD}{suffix}")
    graphs = {
        heading: open_graph(
            folder / name, runtime=RUNTIMES[bundle.format], device="cpu", threads=None
        )
        for heading, folder in folders.items()
    }
    times: dict[str, list[float]] = {heading: [] for heading in folders}
    for graph in graphs.values():
        graph(inputs)
    end = time.perf_counter() + _SECONDS
    for number in range(_ROUNDS):
        if number > 0 and time.perf_counter() > end:
            break
        for heading, graph in graphs.items():
            begin = time.perf_counter()
            graph(inputs)
            times[heading].append(1000 * (time.perf_counter() - begin))
    return {heading: median(values) for heading, values in times.items()}
