"""Rules about the description of keypoints in a config's metainfo."""

from collections.abc import Callable, Iterator

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import RunConfig

RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = ()
