"""Counted parameters and MACs of configs beside the published ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config
from rich.table import Table

from hrnet_mm.benchmark.complexity import Complexity, Size, measure_complexity
from hrnet_mm.benchmark.published import Row

HEADINGS = (
    "config",
    "input",
    "params",
    "+ biases",
    "published, M",
    "GMACs",
    "published",
    "difference",
    "why",
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a config's model costs, and the published row to compare it with, if there is one."""

    config: str
    counted: Complexity
    row: Row | None

    @property
    def params_error(self) -> float | None:
        """Relative difference of the official model's parameters from the printed number."""
        if self.row is None or self.row.params is None:
            return None
        official = self.counted.params + self.counted.folded_biases
        return official / (self.row.params * 1e6) - 1

    @property
    def macs_error(self) -> float | None:
        """Relative difference of the MACs from the printed number."""
        if self.row is None or self.row.macs is None:
            return None
        return self.counted.gmacs / self.row.macs - 1


def rows_by_config(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the row of each config, one that prints a cost where there is one."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.is_costed):
        found |= dict.fromkeys(row.configs, row)
    return dict(sorted(found.items()))


def zoo_costs(rows: Mapping[str, Row], *, root: str) -> Iterator[Cost]:
    """Count configs one after the other.

    Args:
        rows: Each config's row.
        root: The folder that has ``configs/``.
    """
    for path, row in rows.items():
        cfg = Config.fromfile(f"{root}/configs/{path}")
        # A detector sees a photo that fits into the printed size.
        size = None if row.task == "detection" else row.input_size
        yield Cost(config=path, counted=measure_complexity(cfg, input_size=size), row=row)


def config_cost(path: str, rows: Iterable[Row], *, input_size: Size | None) -> Cost:
    """Count one config, beside the first published row that names it."""
    stem = Path(path).stem
    named = [row for row in rows if any(Path(c).stem == stem for c in row.configs)]
    costed = [row for row in named if row.is_costed] or named
    row = costed[0] if costed else None
    if input_size is None and row is not None and row.task != "detection":
        input_size = row.input_size
    cfg = Config.fromfile(path)
    return Cost(config=path, counted=measure_complexity(cfg, input_size=input_size), row=row)


def cells(cost: Cost) -> tuple[str, ...]:
    """Return a line of the table."""
    row, counted = cost.row, cost.counted
    errors = dict(params=cost.params_error, MACs=cost.macs_error)
    return (
        cost.config,
        "x".join(map(str, counted.input_size)),
        f"{counted.params:,}",
        f"{counted.folded_biases:,}" if counted.folded_biases else "",
        f"{row.params:g}" if row and row.params else "",
        f"{counted.gmacs:.2f}",
        f"{row.macs:g}" if row and row.macs else "",
        ", ".join(f"{name} {e:+.1%}" for name, e in errors.items() if e is not None),
        (row.cost_note or "") if row else "",
    )


def text_table(costs: Sequence[Cost]) -> Table:
    """Make the table for a terminal."""
    table = Table(*HEADINGS, title="parameters, and MACs / 1024³ as the papers print them")
    for cost in costs:
        table.add_row(*cells(cost))
    return table


def markdown_table(costs: Sequence[Cost]) -> str:
    """Make the table in Markdown."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *map(cells, costs)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
