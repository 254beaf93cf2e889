"""Published rates of HRNets on other hardware, ``rates.yml``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.benchmark.complexity import Size

_FILE = Path(__file__).with_name("rates.yml")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate that others have published.

    Attributes:
        model: Type of the model or of its head.
        arch: Of the backbone.
        rate: Images per second.
        how: Precision, batch and runtime, as far as they are told.
        hardware: What it was measured on.
        source: Who has published it.
        runtime: The runtime here that is the most like it.
        size: Width and height; None if the rate is for another size than a config's.
    """

    model: str
    arch: str
    rate: float
    how: str
    hardware: str
    source: str
    runtime: str = "stock"
    size: Size | None = None


@cache
def load_rates() -> tuple[Rate, ...]:
    """Read the published rates."""
    return tuple(rate for group in yaml.safe_load(_FILE.read_text()) for rate in _rates(**group))


def _rates(*, rates: dict[str, float], size: list[int] | None = None, **common: Any) -> list[Rate]:
    found = (size[0], size[1]) if size else None
    return [Rate(arch=arch, rate=rate, size=found, **common) for arch, rate in rates.items()]


def rates_of(model: str, arch: str | None, size: Size) -> list[Rate]:
    """Return the published rates of a model."""
    return [
        rate
        for rate in load_rates()
        if (rate.model, rate.arch) == (model, arch) and rate.size in (None, size)
    ]
