"""All rules for a run's config and data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

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
    split_rules,
)
from hrnet_mm.data.coco_files import CocoFile, Reader
from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.run_config import RunConfig

T = TypeVar("T")
ConfigRule = Callable[[RunConfig], Iterator[Finding]]

DATASET_RULES: tuple[ConfigRule, ...] = (
    *class_rules.RULES,
    *keypoint_rules.RULES,
    *list_file_rules.RULES,
)
CONFIG_RULES: tuple[ConfigRule, ...] = (
    *file_rules.RULES,
    *package_rules.RULES,
    *schedule_rules.RULES,
    *DATASET_RULES,
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
    return apply(CONFIG_RULES, run)


def check_datasets(run: RunConfig) -> list[Finding]:
    """Apply the rules about the datasets of a config and the files that they name."""
    return apply((file_rules.data_exist, *DATASET_RULES), run)


def check_coco_file(file: CocoFile) -> list[Finding]:
    """Apply the rules about annotation files to a file that is being read."""
    rules = COCO_RULES if file.reader is not Reader.OTHER else (coco_structure.wrong_lists,)
    return [
        replace(finding, places=finding.places or (Place(file=file.path),))
        for finding in apply(rules, file)
    ]


def check_loaded(data: LoadedData) -> list[Finding]:
    """Apply the rules about built datasets."""
    return apply(LOADED_RULES, data)


def check_built(data: LoadedData) -> list[Finding]:
    """Apply the rules about built datasets all of whose samples are read too."""
    replaced = (dataset_rules.shared_images, dataset_rules.missing_files)
    rules = [rule for rule in LOADED_RULES if rule not in replaced]
    return apply([*rules, dataset_rules.folders_of_other_names], data)


def check_splits(splits: split_rules.Splits) -> list[Finding]:
    """Apply the rules that compare splits."""
    return apply(split_rules.RULES, splits)


def apply(rules: Sequence[Callable[[T], Iterator[Finding]]], subject: T) -> list[Finding]:
    """Return what rules find; each finding has the name of its rule."""
    return [
        replace(finding, rule=rule.__name__.replace("_", " "))
        for rule in rules
        for finding in rule(subject)
    ]
