"""Table of counted parameters and MACs of configs next to the published ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from hrnet_mm.benchmark.complexity import Complexity, Size, measure_complexity
from hrnet_mm.benchmark.published import Row
from hrnet_mm.tables import markdown_table, print_table, terminal_table

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
    """Counted cost of a config's model, and the published row to compare it with, if any."""

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
    """Return the row of each config, preferably one with a published cost."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.is_costed):
        found |= dict.fromkeys(row.configs, row)
    return dict(sorted(found.items()))


def zoo_costs(rows: Mapping[str, Row], *, root: str) -> Iterator[Cost]:
    """Count the costs of configs.

    Args:
        rows: Each config's row.
        root: The folder that has ``configs/``.
    """
    for path, row in rows.items():
        cfg = Config.fromfile(f"{root}/configs/{path}")
        yield _cost(path, cfg, row, input_size=None)


def config_cost(path: str, rows: Iterable[Row], *, input_size: Size | None) -> Cost:
    """Count the cost of one config, with a published row that names it."""
    stem = Path(path).stem
    named = [row for row in rows if any(Path(c).stem == stem for c in row.configs)]
    row = max(named, key=lambda row: row.is_costed, default=None)
    return _cost(path, Config.fromfile(path), row, input_size=input_size)


def _cost(config: str, cfg: Config, row: Row | None, *, input_size: Size | None) -> Cost:
    # The printed size of detectors is the limit of resizing.
    if input_size is None and row is not None and row.task != "detection":
        input_size = row.input_size
    return Cost(config=config, counted=measure_complexity(cfg, input_size=input_size), row=row)


def table_row(cost: Cost) -> tuple[str, ...]:
    """Return the cells of a row of the table."""
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


def print_costs(costs: Sequence[Cost]) -> None:
    """Print the table."""
    title = "parameters, and MACs / 1024³ as the papers print them"
    print_table(terminal_table(HEADINGS, map(table_row, costs), title=title), min_width=160)


def markdown_costs(costs: Sequence[Cost]) -> str:
    """Return the table in Markdown."""
    return markdown_table(HEADINGS, map(table_row, costs))
