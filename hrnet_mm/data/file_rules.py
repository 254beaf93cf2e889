"""Rules about the files that a config names: they exist and are complete."""

import codecs
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.checkpoint.faults import is_archive
from hrnet_mm.data.coco_records import Records
from hrnet_mm.data.findings import Finding, listed, shortened
from hrnet_mm.data.run_config import DatasetConfig, RunConfig, is_remote_reader

_DETECTION_KEYS = ("image_id", "category_id", "bbox", "score")
_JSON_BRACKETS = {b"{": b"}", b"[": b"]"}
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class _DataPath:
    """A file or folder that a config names.

    Attributes:
        key: Where the config names it.
        path: The path from the working directory.
        set_by: The key to change for another path, if another one: ``data_root``.
    """

    key: str
    path: str
    set_by: str = ""


def data_exist(run: RunConfig) -> Iterator[Finding]:
    """Find the files and folders of datasets and metrics that are missing, and json cut off."""
    missing: list[str] = []
    for file in _data_paths(run):
        if any(file.path.startswith(f"{folder.rstrip('/')}/") for folder in missing):
            continue  # reported with the folder
        if not os.path.exists(file.path):
            missing.append(file.path)
            yield Finding(
                text=f"{file.key}: {file.path} does not exist; put the data there, or say where "
                f"they are with --cfg-options {file.set_by or file.key}=..."
            )
        elif file.path.endswith(".json") and _has_byte_order_mark(file.path):
            yield Finding(
                text=f"{file.key}: {file.path} starts with a byte order mark, which the toolboxes "
                "do not read: save it as UTF-8 without BOM"
            )
        elif file.path.endswith(".json") and not _ends_as_json(file.path):
            yield Finding(
                text=f"{file.key}: {file.path} is not json, or was cut off; fetch or make it again"
            )


def checkpoint_is_complete(run: RunConfig) -> Iterator[Finding]:
    """Look at the file of ``load_from`` without loading it."""
    checkpoint = run.cfg.get("load_from")
    if not checkpoint or "://" in checkpoint:
        return
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        yield Finding(text=f"{path} is a folder; give the checkpoint file in it")
    elif not path.is_file():
        yield Finding(text=f"there is no checkpoint file {path}; give the path of one")
    elif _starts_as_zip(path) and not is_archive(path):
        yield Finding(text=f"{path} is truncated: its end is missing; get the file again")


def no_pickles(run: RunConfig) -> Iterator[Finding]:
    """Refuse annotations that mmengine would unpickle, which runs what is in the file."""
    for file in _data_paths(run):
        if file.path.endswith((".pkl", ".pickle")):
            yield Finding(
                text=f"{file.key}: {file.path} is a pickle, which can run any code as it is read; "
                "give a json file"
            )


RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = (
    data_exist,
    checkpoint_is_complete,
    no_pickles,
)


def broken_json(run: RunConfig) -> Iterator[Finding]:
    """Find invalid json files, after an error of reading one that does not name the file."""
    for file in _data_paths(run):
        if file.path.endswith(".json"):
            try:
                json.loads(Path(file.path).read_bytes())
            except ValueError as error:
                yield Finding(
                    text=f"{file.key}: {file.path} is not json ({error}); fetch or make it again"
                )


def wrong_detections(run: RunConfig) -> Iterator[Finding]:
    """Check the detections of a run, after an error while reading data."""
    for dataset in run.datasets:
        path = dataset.options.get("bbox_file")
        if path and not dataset.is_remote:
            found = _detection_fault(_parsed(path), dataset)
            if found:
                yield Finding(text=f"{dataset.key}.bbox_file: {path} {found}")


def _parsed(path: str | None) -> Any:
    """Parse a json file; None where another rule reports that it is invalid."""
    try:
        return json.loads(Path(path or "").read_bytes())
    except (OSError, ValueError):
        return None


def _detection_fault(content: Any, dataset: DatasetConfig) -> str | None:
    expected = f"a list of objects with {', '.join(_DETECTION_KEYS)}, as a detector's results are"
    if content is None:
        return None
    if not isinstance(content, list):
        return f"holds no list: give {expected}"
    detections = Records({"detections": content}, "detections")
    incomplete = [not all(key in row for key in _DETECTION_KEYS) for row in detections.rows]
    if detections.others or any(incomplete):
        missing = [key for key in _DETECTION_KEYS if any(key not in row for row in detections.rows)]
        return f"lacks {listed(missing)} in {detections.share(incomplete)}: give {expected}"
    invalid = ~np.isfinite(detections.boxes).all(1)
    if invalid.any():
        example = shortened(detections.column("bbox")[int(invalid.argmax())])
        return (
            f"has bbox {example} in {int(invalid.sum())} of {len(detections)} detections: give "
            "four numbers, [x, y, width, height]"
        )
    images = Records(_parsed(dataset.ann_file), "images")
    known = set(images.ids()) - {None}
    unknown = [value not in known for value in detections.ids("image_id")]
    if any(unknown):
        ids = listed(compress(detections.ids("image_id"), unknown))
        return (
            f"has detections in images that {dataset.ann_file} does not list (image_id {ids}, in "
            f"{sum(unknown)} of {len(detections)}; it lists {listed(images.ids())}): give the "
            "detections of these images"
        )
    return None


def _data_paths(run: RunConfig) -> Iterable[_DataPath]:
    """Return each path once, with the first key that names it."""
    named = [file for dataset in run.datasets for file in _paths_of_dataset(dataset)]
    for split in run.splits:
        for key, metric in run.evaluators(split):
            ann_file = metric.get("ann_file")
            if ann_file and not is_remote_reader(metric) and "://" not in ann_file:
                named.append(_DataPath(f"{key}.ann_file", ann_file))
    files: dict[str, _DataPath] = {}
    for file in named:
        files.setdefault(file.path, file)
    return files.values()


def _paths_of_dataset(dataset: DatasetConfig) -> Iterator[_DataPath]:
    if dataset.is_remote:
        return
    options, key = dataset.options, dataset.key
    root = options.get("data_root") or ""
    # A dataset with only a root may download into it, such as CIFAR.
    if root and (options.get("ann_file") or options.get("data_prefix")):
        yield _DataPath(f"{key}.data_root", root)
    prefix: Any = options.get("data_prefix") or {}
    folders = prefix if isinstance(prefix, dict) else {"": prefix}
    below_root = {"ann_file": options.get("ann_file")} | {
        f"data_prefix.{name}".rstrip("."): folder for name, folder in folders.items()
    }
    for name, path in below_root.items():
        joined = dataset.joined(path)
        if joined and "://" not in joined:
            set_by = "data_root" if joined != path else name  # an absolute path stays as it is
            yield _DataPath(f"{key}.{name}", joined, f"{key}.{set_by}")
    for name in ("bbox_file", "headbox_file"):  # of mmpose, not joined with data_root
        if options.get(name):
            yield _DataPath(f"{key}.{name}", options[name])


def _has_byte_order_mark(path: str) -> bool:
    with open(path, "rb") as stream:
        return stream.read(3).startswith(_BYTE_ORDER_MARKS)


def _ends_as_json(path: str) -> bool:
    # Only the first and last characters: parsing COCO's annotations takes half a minute.
    with open(path, "rb") as stream:
        first = stream.read(64).lstrip()[:1]
        stream.seek(max(0, os.path.getsize(path) - 64))
        last = stream.read().rstrip()[-1:]
    return _JSON_BRACKETS.get(first) == last


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"  # what torch.save writes since 1.6
