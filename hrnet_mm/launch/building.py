"""Builds a runner and its data loaders, and checks the data while it is read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS, RUNNERS
from mmengine.runner import Runner

from hrnet_mm.data.coco_files import CocoFile, coco_files_seen
from hrnet_mm.data.dataset_rules import empty_datasets_refused
from hrnet_mm.data.file_rules import broken_json, wrong_detections
from hrnet_mm.data.findings import Finding, report
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.rules import check_coco_file, check_config, check_loaded
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import phase, raise_errors_of_logs
from hrnet_mm.launch.processes import join_processes, refuse_differing_processes

PATIENCE = 600  # seconds, in which a worker can read the largest batch from the slowest disk


def build_runner(cfg: Any) -> Runner:
    """Build the config's ``runner_type``, or the default Runner."""
    with phase("while building the model and the runner"):
        return RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)


def build_checked_runner(cfg: Config, *, splits: tuple[str, ...]) -> Runner:
    """Check a config, build its runner and data, and check the data.

    Args:
        cfg: The config.
        splits: Which of "train", "val" and "test" will run.

    Raises:
        UserError: The config or the data have faults; each is a line of the message.
    """
    run = RunConfig(cfg=cfg, splits=splits)
    with phase("while checking the config"):
        report(check_config(run))
    join_processes(cfg)
    refuse_differing_processes(cfg)
    _end_hanging_workers(cfg, splits=splits)
    runner = build_runner(cfg)
    raise_errors_of_logs(runner.logger)
    findings, image_paths = _build_datasets(runner, run)
    if any(finding.is_error for finding in findings):
        report(findings)  # building loaders of such data may fail
    loaders = {}
    for split in splits:
        with phase(f"while building {split}_dataloader and what runs on it"):
            loop = getattr(runner, f"{split}_loop")
        if loop is not None:
            loaders[split] = loop.dataloader
    report([*findings, *check_loaded(LoadedData(loaders=loaders, image_paths=image_paths))])
    return runner


def _end_hanging_workers(cfg: Config, *, splits: tuple[str, ...]) -> None:
    """Give the data loaders a limit of waiting for a batch, unless the config has one."""
    for split in splits:
        loader = cfg.get(f"{split}_dataloader")
        if loader and loader.get("num_workers"):
            loader.setdefault("timeout", PATIENCE)


def _build_datasets(runner: Runner, run: RunConfig) -> tuple[list[Finding], dict[str, set[str]]]:
    """Build the datasets of a runner, and check the annotation files that they read.

    Returns:
        The findings, and the paths of the images in the annotation files by split.

    Raises:
        UserError: A dataset cannot be built, and the reason is found.
    """
    findings: list[Finding] = []
    parsed: set[str] = set()
    image_paths: dict[str, set[str]] = {}

    def check(path: str, content: Any) -> None:
        parsed.add(path)
        for file in _coco_files(path, content, run):
            findings.extend(check_coco_file(file))
            image_paths.setdefault(file.dataset.split, set()).update(file.image_paths)

    failures: list[Exception] = []
    with coco_files_seen(check):
        for split in run.splits:
            try:
                _build_dataset(runner, split)
            except Exception as error:  # raised below, unless the reason is found
                failures.append(error)
    if failures:
        findings += [*broken_json(run), *wrong_detections(run)]
        for dataset in run.datasets:
            if not any(finding.is_error for finding in findings):
                findings += _check_unread(dataset.ann_file, parsed, run)
        if not any(finding.is_error for finding in findings):
            findings += [Finding(text=str(f)) for f in failures if isinstance(f, UserError)]
        report(findings)
        raise failures[0]
    return findings, image_paths


def _build_dataset(runner: Runner, split: str) -> None:
    """Build the dataset before its loader, so that an error names the dataset."""
    name = f"_{split}_dataloader"
    options = getattr(runner, name)
    if not isinstance(options, dict) or not isinstance(options.get("dataset"), dict):
        return
    key = f"{split}_dataloader.dataset"
    with phase(f"while building {key}"), empty_datasets_refused(key):
        dataset: Any = DATASETS.build(options["dataset"])
        if hasattr(dataset, "full_init"):
            dataset.full_init()
    options = options.copy()
    options["dataset"] = dict(type=lambda: dataset)  # unlike the dataset, a function is not copied
    setattr(runner, name, options)


def _coco_files(path: str, content: Any, run: RunConfig) -> Iterator[CocoFile]:
    """Yield a file once for each dataset that reads it."""
    for dataset in run.datasets:
        if dataset.ann_file == path:
            yield CocoFile(path=path, content=content, dataset=dataset)


def _check_unread(path: str | None, parsed: set[str], run: RunConfig) -> list[Finding]:
    """Check an annotation file that no dataset has parsed."""
    if path is None or not path.endswith(".json") or path in parsed or not Path(path).is_file():
        return []
    content = json.loads(Path(path).read_bytes())
    return [
        finding for file in _coco_files(path, content, run) for finding in check_coco_file(file)
    ]
