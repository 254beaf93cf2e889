"""The published results of HRNet, ``published.yml``: figures, their sources, and configs for them.

A row is a model: its task, data, method, width and input. Its results are the figures for it, each
from one source; the config of a result is the one whose recipe it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.errors import UserError

PUBLISHED = Path(__file__).parent / "published.yml"

TASKS = ("pose", "landmarks", "segmentation", "detection", "classification")
SOURCES = {  # with their column headings
    "paper": "paper",
    "official": "authors' code",
    "openmmlab": "OpenMMLab",
    "follow-up": "others",
    "here": "measured here",
}
STATUSES = ("cited", "converted", "measured")


@dataclass(frozen=True, kw_only=True)
class Result:
    """Figures for one model from one source.

    Attributes:
        source: One of `SOURCES`.
        where: The table, README or file that has them.
        metrics: Figures by name, in percent, but for errors in pixels.
        config: The config that reproduces them, as a path below ``configs/``.
        weights: The address of the trained weights.
        status: "measured" here; "cited"; or "converted", for figures that their source measured on
            weights that it had not trained but converted.
    """

    source: str
    where: str
    metrics: Mapping[str, float]
    config: str | None = None
    weights: str | None = None
    status: str = "cited"

    def __post_init__(self) -> None:
        _check_choice(self, "source", SOURCES)
        _check_choice(self, "status", STATUSES)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model and all figures for it.

    Attributes:
        task: One of `TASKS`.
        dataset: Name of the data.
        split: The split that the figures are for.
        method: What distinguishes rows besides width and input.
        width: An arch of HRNetBackbone, or the name of another network.
        input: Width × height of the test input, as in "192x256".
        results: The figures.
        params: Millions of parameters, as printed.
        macs: "GFLOPs", as printed: MACs / 1024³.
        cost_note: Why the counted cost differs from the printed one, if it does.
        note: What else one should know, such as the protocol.
        unserved: Why no config here reproduces it; None if one does.
    """

    task: str
    dataset: str
    split: str
    method: str
    width: str
    input: str
    results: Sequence[Result]
    params: float | None = None
    macs: float | None = None
    cost_note: str | None = None
    note: str | None = None
    unserved: str | None = None

    def __post_init__(self) -> None:
        _check_choice(self, "task", TASKS)
        if (self.unserved is None) != bool(self.configs):
            raise UserError(f"{self.title}: give a config or, in `unserved`, why there is none")

    @property
    def title(self) -> str:
        """The row in a few words."""
        return f"{self.method} {self.width} {self.input}, {self.dataset} {self.split}"

    @property
    def configs(self) -> list[str]:
        """The configs that reproduce its figures, each once."""
        return list(dict.fromkeys(result.config for result in self.results if result.config))

    @property
    def is_costed(self) -> bool:
        """Whether it has a config and a published cost to compare."""
        return bool(self.configs) and (self.params is not None or self.macs is not None)

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of the input."""
        width, height = self.input.split("x")
        return int(width), int(height)


@cache
def load_published(path: Path = PUBLISHED) -> tuple[Row, ...]:
    """Read the published results.

    Raises:
        UserError: A row has an unknown field or value, or lacks one; the message names it.
    """
    return tuple(_row(described) for described in yaml.safe_load(path.read_text()))


def _row(described: dict[str, Any]) -> Row:
    results = [_build(Result, result) for result in described.get("results", [])]
    return _build(Row, described | {"results": results})


def _build(kind: type, described: dict[str, Any]) -> Any:
    known = [field.name for field in fields(kind)]
    if unknown := sorted(set(described) - set(known)):
        raise UserError(f"{unknown} of {described}: unknown; the fields are {', '.join(known)}")
    try:
        return kind(**described)
    except TypeError as error:
        raise UserError(f"{described}: {error}") from error


def _check_choice(described: Any, field: str, choices: Sequence[str] | Mapping[str, Any]) -> None:
    value = getattr(described, field)
    if value not in choices:
        raise UserError(f"{field} {value!r} of {described}: give one of {', '.join(choices)}")
