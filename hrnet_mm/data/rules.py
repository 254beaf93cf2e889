"""All rules that a run's config and data are checked by: one table."""

from collections.abc import Callable, Iterator

from hrnet_mm.data import coco_rules, config_rules, dataset_rules, file_rules, keypoint_rules
from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.run_config import RunConfig

CONFIG_RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = (
    *file_rules.RULES,
    *config_rules.RULES,
    *keypoint_rules.RULES,
)
COCO_RULES: tuple[Callable[[CocoFile], Iterator[Finding]], ...] = coco_rules.RULES
LOADED_RULES: tuple[Callable[[LoadedData], Iterator[Finding]], ...] = dataset_rules.RULES


def check_config(run: RunConfig) -> list[Finding]:
    """Apply the rules that need the config alone."""
    return [finding for rule in CONFIG_RULES for finding in rule(run)]


def check_coco_file(file: CocoFile) -> list[Finding]:
    """Apply the rules about annotations to a file that is being read."""
    return [finding for rule in COCO_RULES for finding in rule(file)]


def check_loaded(data: LoadedData) -> list[Finding]:
    """Apply the rules about data sets to those that were built."""
    return [finding for rule in LOADED_RULES for finding in rule(data)]
