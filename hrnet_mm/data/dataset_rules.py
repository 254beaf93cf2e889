"""Rules about data sets as they were built, before the first step."""

from collections.abc import Callable, Iterator

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.loaded import LoadedData

RULES: tuple[Callable[[LoadedData], Iterator[Finding]], ...] = ()
