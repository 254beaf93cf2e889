"""Builds the datasets of a config, and checks the annotation files while they are parsed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.registry import DATASETS

from hrnet_mm.data.coco_files import CocoFile, coco_files_seen
from hrnet_mm.data.dataset_rules import empty_datasets_refused
from hrnet_mm.data.file_rules import broken_json, wrong_detections
from hrnet_mm.data.findings import Finding, of_first_process
from hrnet_mm.data.rules import check_coco_file
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import phase


@dataclass(kw_only=True)
class ReadData:
    """The datasets of a run.

    Attributes:
        datasets: By split; those that could be built.
        findings: About their annotation files.
        failures: Errors of those that could not be built, by split.
        image_paths: The images in the annotation files, by split.
    """

    datasets: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    image_paths: dict[str, set[str]] = field(default_factory=dict)


def read_data(run: RunConfig, loaders: Mapping[str, Any], *, is_thorough: bool = False) -> ReadData:
    """Build datasets, and check the annotation files that they read, in the first process.

    Args:
        run: The config.
        loaders: The configs of the data loaders, by split; others than dicts are skipped.
        is_thorough: Whether a single annotation that is not used as written is a fault.
    """
    read = ReadData()
    parsed: set[str] = set()

    def check(path: str, content: Any) -> None:
        parsed.add(path)
        if not is_main_process():
            return
        for file in _coco_files(path, content, run, is_thorough=is_thorough):
            read.findings.extend(check_coco_file(file))
            read.image_paths.setdefault(file.dataset.split, set()).update(file.image_paths)

    with coco_files_seen(check):
        for split, loader in loaders.items():
            if isinstance(loader, dict) and isinstance(loader.get("dataset"), dict):
                try:
                    read.datasets[split] = _build(loader["dataset"], split)
                except Exception as error:  # told by whoever called, unless the reason is found
                    read.failures[split] = error
    read.findings = of_first_process(lambda: read.findings)
    if read.failures:
        read.findings += _reasons(run, read, parsed, is_thorough=is_thorough)
    return read


def _build(options: dict[str, Any], split: str) -> Any:
    key = f"{split}_dataloader.dataset"
    with phase(f"while building {key}"), empty_datasets_refused(key):
        dataset: Any = DATASETS.build(options)
        if hasattr(dataset, "full_init"):
            dataset.full_init()
    return dataset


def _reasons(
    run: RunConfig, read: ReadData, parsed: set[str], *, is_thorough: bool
) -> list[Finding]:
    """Look for the reasons why datasets could not be built."""
    findings = [*broken_json(run), *wrong_detections(run)]
    for dataset in run.datasets:
        if not any(finding.is_error for finding in (*read.findings, *findings)):
            findings += _check_unread(dataset.ann_file, parsed, run, is_thorough=is_thorough)
    if not any(finding.is_error for finding in (*read.findings, *findings)):
        own = [error for error in read.failures.values() if isinstance(error, UserError)]
        findings += [Finding(text=str(error), rule="no sample") for error in own]
    return findings


def _coco_files(
    path: str, content: Any, run: RunConfig, *, is_thorough: bool
) -> Iterator[CocoFile]:
    """Yield a file once for each dataset that reads it."""
    for dataset in run.datasets:
        if dataset.ann_file == path:
            yield CocoFile(path=path, content=content, dataset=dataset, is_thorough=is_thorough)


def _check_unread(
    path: str | None, parsed: set[str], run: RunConfig, *, is_thorough: bool
) -> list[Finding]:
    """Check an annotation file that no dataset has parsed."""
    if path is None or not path.endswith(".json") or path in parsed or not Path(path).is_file():
        return []
    content = json.loads(Path(path).read_bytes())
    files = _coco_files(path, content, run, is_thorough=is_thorough)
    return [finding for file in files for finding in check_coco_file(file)]
