"""Rules that read a config alone, before anything is built."""

from collections.abc import Callable, Iterator

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import RunConfig

RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = ()
