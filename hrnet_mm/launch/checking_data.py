"""Checks all data of a config, for ``tools/check_data.py``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from hrnet_mm.apis.finding_sheet import write_finding_sheet
from hrnet_mm.apis.progress import Progress, Stopwatch
from hrnet_mm.data.class_labels import labels_noted, wrong_class_labels
from hrnet_mm.data.coco_files import Reader, coco_files_seen, reader_of
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.data.dataset_scan import DatasetScan
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.head_rules import num_classes_of
from hrnet_mm.data.image_sizes import note_image_sizes
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.loaded_annotations import wrong_annotations
from hrnet_mm.data.rules import check_built, check_datasets, check_splits
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.data.sample_checks import insert_checks
from hrnet_mm.data.split_rules import SplitContent
from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import phase
from hrnet_mm.launch.finding_table import print_findings
from hrnet_mm.launch.reading_data import read_data

SPLITS = ("train", "val", "test")


def report_on_data(cfg: Config, *, split: str | None, is_strict: bool, out_dir: Path) -> bool:
    """Check all data of a config, print what is found, and show the worst in a contact sheet.

    Args:
        cfg: The config.
        split: "train", "val" or "test"; None for all that the config has, and to compare them.
        is_strict: Whether what may be intended counts too.
        out_dir: The folder for the contact sheet.

    Returns:
        Whether the data are without a fault.

    Raises:
        UserError: The config has no such dataset.
    """
    splits = splits_of(cfg, split)
    findings, datasets = check_data(cfg, splits=splits)
    checked = ", ".join(f"{name} ({len(dataset)} samples)" for name, dataset in datasets.items())
    if not findings:
        print(f"no fault in {checked}")
        return True
    print_findings(findings)
    sheet = out_dir / "check_data.png"
    if number := write_finding_sheet(findings, datasets, sheet):
        print(f"written: {sheet}: {number} images of the findings")
    faults = sum(finding.is_error for finding in findings)
    print(f"{faults} faults, {len(findings) - faults} warnings in {checked or ', '.join(splits)}")
    return not (findings if is_strict else faults)


def splits_of(cfg: Config, given: str | None) -> list[str]:
    """Return the splits to check: the given one, or all that a config has, each once.

    Raises:
        UserError: The config has no dataset of that split, or none at all.
    """
    has = [split for split in SPLITS if (cfg.get(f"{split}_dataloader") or {}).get("dataset")]
    if given is not None and given not in has:
        raise UserError(f"{cfg.filename} has no {given}_dataloader.dataset")
    if not has:
        raise UserError(f"{cfg.filename} has no dataset: give a config with train_dataloader")
    if given is not None:
        return [given]
    # Most configs validate and test on the same images.
    datasets = {split: cfg[f"{split}_dataloader"]["dataset"] for split in has}
    if len(has) == 3 and datasets["test"] == datasets["val"]:
        has.remove("test")
    return has


def check_data(cfg: Config, *, splits: Sequence[str]) -> tuple[list[Finding], dict[str, Any]]:
    """Check the annotations and read all images and label maps.

    Args:
        cfg: The config.
        splits: Which of "train", "val" and "test" to check, and to compare.

    Returns:
        The findings, faults before what may be intended, and the datasets by split.
    """
    run = RunConfig(cfg=cfg, splits=splits)
    init_default_scope(cfg.get("default_scope") or "mmengine")
    with phase("while checking the config"):
        findings = check_datasets(run)
    loaders = {split: cfg[f"{split}_dataloader"] for split in splits}
    with damaged_images_refused(), labels_noted(), coco_files_seen(note_image_sizes):
        read = read_data(run, loaders, is_thorough=True)
        findings += read.findings
        told = {finding.text for finding in findings}
        findings += [
            _unread(split, error)
            for split, error in read.failures.items()
            if str(error) not in told
        ]
        findings += _scan(run, read.datasets)
    unique = dict.fromkeys(findings)  # two datasets may share a file
    return sorted(unique, key=lambda finding: not finding.is_error), read.datasets


def _unread(split: str, error: Exception) -> Finding:
    text = " ".join(str(error).split())
    return Finding(
        text=f"{split}_dataloader.dataset cannot be built, so that its images were not read: "
        f"{type(error).__name__}: {text}",
        rule="dataset",
    )


def _scan(run: RunConfig, datasets: Mapping[str, Any]) -> list[Finding]:
    """Read the samples of datasets."""
    data = LoadedData(
        loaders={split: SimpleNamespace(dataset=dataset) for split, dataset in datasets.items()}
    )
    given = num_classes_of(run)
    num_classes = given[1] if given else None
    insert_checks(data, num_classes=num_classes)
    findings = check_built(data)
    contents: dict[str, SplitContent] = {}
    read_elsewhere = {
        dataset.key for dataset in run.datasets if reader_of(dataset) is not Reader.OTHER
    }
    # mmpose lists persons, several of an image.
    total = None if run.scope == "mmpose" else sum(len(part) for _, part in data.datasets())
    with Progress(stopwatch=Stopwatch(), total=total) as progress:
        for key, dataset, wrappers in data.datasets_with_wrappers():
            split = key.partition("_dataloader")[0]
            scan = DatasetScan(key=key, dataset=dataset, wrappers=wrappers)
            scan.read_all(is_read=progress.advance)
            findings += scan.findings()
            if key not in read_elsewhere:
                findings += wrong_annotations(dataset)
            findings += wrong_class_labels(dataset, num_classes=num_classes)
            content = contents.setdefault(
                split, SplitContent(classes=datasets[split].metainfo.get("classes") or ())
            )
            content.add(scan)
    return [*findings, *check_splits(contents)]
