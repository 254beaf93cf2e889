"""All rules for a run's config and data."""

from collections.abc import Callable, Iterator

from hrnet_mm.data import (
    class_rules,
    coco_boxes,
    coco_categories,
    coco_keypoints,
    coco_structure,
    coco_values,
    dataset_rules,
    evaluation_rules,
    file_rules,
    head_rules,
    input_rules,
    keypoint_rules,
    list_file_rules,
    package_rules,
    schedule_rules,
    size_rules,
)
from hrnet_mm.data.coco_files import CocoFile, Reader
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.run_config import RunConfig

CONFIG_RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = (
    *file_rules.RULES,
    *package_rules.RULES,
    *schedule_rules.RULES,
    *class_rules.RULES,
    *keypoint_rules.RULES,
    *list_file_rules.RULES,
    *input_rules.RULES,
    *size_rules.RULES,
    *head_rules.RULES,
    *evaluation_rules.RULES,
)
COCO_RULES: tuple[Callable[[CocoFile], Iterator[Finding]], ...] = (
    *coco_structure.RULES,
    *coco_values.RULES,
    *coco_categories.RULES,
    *coco_boxes.RULES,
    *coco_keypoints.RULES,
)
LOADED_RULES: tuple[Callable[[LoadedData], Iterator[Finding]], ...] = dataset_rules.RULES


def check_config(run: RunConfig) -> list[Finding]:
    """Apply the rules that need only the config."""
    return [finding for rule in CONFIG_RULES for finding in rule(run)]


def check_coco_file(file: CocoFile) -> list[Finding]:
    """Apply the rules about annotation files to a file that is being read."""
    rules = COCO_RULES if file.reader is not Reader.OTHER else (coco_structure.wrong_lists,)
    return [finding for rule in rules for finding in rule(file)]


def check_loaded(data: LoadedData) -> list[Finding]:
    """Apply the rules about built datasets."""
    return [finding for rule in LOADED_RULES for finding in rule(data)]
