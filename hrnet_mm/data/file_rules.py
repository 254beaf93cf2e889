"""Rules about the files that a config names: they exist and are complete."""

import codecs
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import DatasetConfig, RunConfig

_JSON_BRACKETS = {b"{": b"}", b"[": b"]"}
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, kw_only=True)
class _DataPath:
    """A file or folder that a config names.

    Attributes:
        key: Where the config names it.
        path: The path from the working directory.
        set_by: The key to change for another path: ``data_root``, if there is one.
    """

    key: str
    path: str
    set_by: str


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
                f"they are with --cfg-options {file.set_by}=..."
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
    elif _starts_as_zip(path) and not zipfile.is_zipfile(path):
        yield Finding(text=f"{path} is truncated: its end is missing; get the file again")


RULES: tuple[Callable[[RunConfig], Iterator[Finding]], ...] = (data_exist, checkpoint_is_complete)


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


def _data_paths(run: RunConfig) -> Iterator[_DataPath]:
    """Yield each path once, with the first key that names it."""
    seen = set()
    for file in _all_data_paths(run):
        if file.path not in seen:
            seen.add(file.path)
            yield file


def _all_data_paths(run: RunConfig) -> Iterator[_DataPath]:
    for dataset in run.datasets:
        if not dataset.is_remote:
            yield from _paths_of_dataset(dataset)
    for split in run.splits:
        for key, metric in run.evaluators(split):
            ann_file = metric.get("ann_file")
            backend = (metric.get("backend_args") or {}).get("backend", "local")
            if ann_file and backend == "local" and "://" not in ann_file:
                yield _data_path(f"{key}.ann_file", ann_file)


def _paths_of_dataset(dataset: DatasetConfig) -> Iterator[_DataPath]:
    options, key = dataset.options, dataset.key
    root = options.get("data_root") or ""
    # A dataset with only a root may download into it, such as CIFAR.
    if root and (options.get("ann_file") or options.get("data_prefix")):
        yield _data_path(f"{key}.data_root", root)
    prefix: Any = options.get("data_prefix") or {}
    folders = prefix if isinstance(prefix, dict) else {"": prefix}
    below_root = {"ann_file": options.get("ann_file")} | {
        f"data_prefix.{name}".rstrip("."): folder for name, folder in folders.items()
    }
    for name, path in below_root.items():
        joined = dataset.joined(path)
        if joined and "://" not in joined:
            set_by = "data_root" if joined != path else name  # an absolute path stays as it is
            yield _data_path(f"{key}.{name}", joined, set_by=f"{key}.{set_by}")
    for name in ("bbox_file", "headbox_file"):  # of mmpose, not joined with data_root
        if options.get(name):
            yield _data_path(f"{key}.{name}", options[name])


def _data_path(key: str, path: str, *, set_by: str | None = None) -> _DataPath:
    return _DataPath(key=key, path=path, set_by=set_by or key)


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
