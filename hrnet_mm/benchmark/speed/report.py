"""The table of a benchmark: for the terminal, as Markdown and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from hrnet_mm.benchmark.speed.measuring import Measured, Speeds
from hrnet_mm.benchmark.speed.paired import Ratio, paired_ratio
from hrnet_mm.benchmark.speed.rates import Rate, rates_of
from hrnet_mm.tables import markdown_table, print_table, terminal_table

_RATES = ("images/s", "published for", "on", "by", "images/s here")
_PERCENTILE = 95
_NUMBERS = ("ms", "p95", "images/s", "memory, MB", "error", "images/s here")

Cells = tuple[str, ...]


def print_speeds(head: Mapping[str, str], speeds: Sequence[Speeds]) -> None:
    """Print the tables, with what they were measured on above them."""
    for name, text in head.items():
        print(f"{name}: {text}")
    for table in speeds:
        numbers = (*_NUMBERS, _times(table))
        rows = terminal_table(
            _headings(table), _rows(table), title=_title(table), right_aligned=numbers
        )
        print_table(rows, min_width=120)
        if rates := [*_rate_rows(table)]:
            print_table(terminal_table(_RATES, rates, right_aligned=numbers), min_width=120)
    print(legend(speeds))


def markdown_speeds(head: Mapping[str, str], speeds: Sequence[Speeds]) -> str:
    """Return the tables in Markdown."""
    parts = ["# Speed\n", "".join(f"- {name}: {text}\n" for name, text in head.items())]
    for table in speeds:
        numbers = (*_NUMBERS, _times(table))
        parts += [
            f"## {_title(table)}\n",
            markdown_table(_headings(table), _rows(table), right_aligned=numbers),
        ]
        if rates := [*_rate_rows(table)]:
            parts.append(markdown_table(_RATES, rates, right_aligned=numbers))
    return "\n".join([*parts, f"{legend(speeds)}\n"])


def json_speeds(head: Mapping[str, str], speeds: Sequence[Speeds]) -> str:
    """Return all that was measured, with the time of each run."""
    content = dict(head=head, models=[_described(table) for table in speeds])
    return json.dumps(content, indent=1) + "\n"


def legend(speeds: Sequence[Speeds]) -> str:
    """Say what the columns are."""
    rounds = max((len(row.times) for table in speeds for row in table.rows), default=0)
    error = (
        "Error: of the loss of the first step, as a share"
        if any(table.train for table in speeds)
        else "Error: largest difference from eager fp32, as a share of the largest activation"
    )
    return (
        f"Median and 95th percentile of {rounds} rounds in which the rows took turns; x stock: "
        "median of the ratios of each round, with its 95 % interval (order statistics). Memory: "
        "the peak in a process of its own, above what it has after its imports, with glibc's small "
        "caches off (docs/faq.md); of PyTorch alone on a GPU. "
        f"{error}, with weights drawn by chance; that of int8 says nothing of accuracy."
    )


def _title(table: Speeds) -> str:
    what = "a step of training" if table.train else "prediction"
    width, height = table.size
    return f"{table.config}: {what}, {width}x{height}, batch {table.batch}, {table.device}"


def _times(table: Speeds) -> str:
    return f"x {table.baseline.row.runtime if table.baseline else ''}"


def _headings(table: Speeds) -> Cells:
    measured = ("ms", "p95", "images/s", _times(table), "95 %", "memory, MB", "error")
    return ("runtime", "precision", *measured, "remark")


def _rows(table: Speeds) -> Iterator[Cells]:
    for row in table.rows:
        cells = _cells(row, table) if row.times else ("",) * 7
        yield row.row.runtime, row.row.precision, *cells, row.remark


def _cells(row: Measured, table: Speeds) -> Cells:
    ratio = _ratio(row, table)
    return (
        f"{_median(row) * 1e3:.1f}",
        f"{np.percentile(row.times, _PERCENTILE) * 1e3:.1f}",
        f"{table.batch / _median(row):.2f}",
        f"{ratio.median:.2f}",
        f"{ratio.low:.2f} to {ratio.high:.2f}",
        "" if row.memory is None else f"{row.memory / 2**20:.0f}",
        "" if row.error is None else f"{row.error:.1e}",
    )


def _median(row: Measured) -> float:
    return float(np.median(row.times))


def _ratio(row: Measured, table: Speeds) -> Ratio:
    assert table.baseline is not None
    return paired_ratio(table.baseline.times, row.times)


def _rates(table: Speeds) -> list[Rate]:
    return [] if table.train else rates_of(table.model, table.arch, table.size)


def _rate_rows(table: Speeds) -> Iterator[Cells]:
    for rate in _rates(table):
        here = [
            f"{table.batch / _median(row):.2f} ({rate.runtime} {row.row.precision})"
            for row in table.rows
            if row.times and row.row.runtime == rate.runtime
        ]
        yield f"{rate.rate:g}", rate.how, rate.hardware, rate.source, ", ".join(here)


def _described(table: Speeds) -> dict[str, Any]:
    return dict(
        config=table.config,
        arch=table.arch,
        input_size=table.size,
        batch=table.batch,
        device=table.device,
        train=table.train,
        rows=[_described_row(row, table) for row in table.rows],
        published=[asdict(rate) for rate in _rates(table)],
    )


def _described_row(row: Measured, table: Speeds) -> dict[str, Any]:
    described: dict[str, Any] = asdict(row.row)
    if not row.times:
        return described | dict(missing=row.remark)
    return described | dict(
        median_ms=_median(row) * 1e3,
        p95_ms=float(np.percentile(row.times, _PERCENTILE)) * 1e3,
        images_per_second=table.batch / _median(row),
        ratio=asdict(_ratio(row, table)),
        peak_memory_bytes=row.memory,
        error=row.error,
        times_ms=[seconds * 1e3 for seconds in row.times],
    )
