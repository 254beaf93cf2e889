"""Finds what is missing or broken in a config's files, most of it before any model is built."""

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from hrnet_mm.errors import CheckpointError, UserError

_JSON_ENDS = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True, kw_only=True)
class _DataPath:
    """A file or folder that a config names.

    Attributes:
        key: Where the config names it.
        path: The path from the working directory.
        set_by: The key that moves it elsewhere, for a data set as a whole if it has a root.
    """

    key: str
    path: str
    set_by: str


def check_config(cfg: Config, *, splits: Sequence[str]) -> None:
    """Check that the data and the checkpoint that a config names exist and are whole.

    Args:
        cfg: The config.
        splits: Which of "train", "val" and "test" will run.

    Raises:
        FileNotFoundError: A file or folder is missing; the message names it and its key.
        UserError: An annotation file is not json; the message names it.
        CheckpointError: The checkpoint is truncated.
    """
    for file in _data_paths(cfg, splits=splits):
        if not os.path.exists(file.path):
            raise FileNotFoundError(
                f"{file.key}: {file.path} does not exist; put the data there, or say where they "
                f"are with --cfg-options {file.set_by}=..."
            )
        if file.path.endswith(".json"):
            _check_ends_of_json(file)
    checkpoint = cfg.get("load_from")
    if checkpoint and "://" not in checkpoint:
        _check_checkpoint(Path(checkpoint).expanduser())


@contextmanager
def broken_json_named(cfg: Config, *, splits: Sequence[str]) -> Iterator[None]:
    """Name the annotation file when reading one ends in an error, which names none.

    Raises:
        UserError: An annotation file is not json; the message names it and the place in it.
    """
    try:
        yield
    except (json.JSONDecodeError, UnicodeDecodeError):
        for file in _data_paths(cfg, splits=splits):
            if file.path.endswith(".json"):
                _check_all_of_json(file)
        raise


def _data_paths(cfg: Config, *, splits: Sequence[str]) -> Iterator[_DataPath]:
    for split in splits:
        paths = [
            path
            for key, dataset in _datasets(cfg.get(f"{split}_dataloader"), f"{split}_dataloader")
            for path in _paths_of_dataset(dataset, key)
        ]
        evaluators = cfg.get(f"{split}_evaluator") or []
        for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
            if evaluator.get("ann_file"):
                paths.append(_data_path(f"{split}_evaluator.ann_file", evaluator["ann_file"]))
        yield from (path for path in paths if "://" not in path.path)


def _datasets(node: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the data sets below a data loader or a data set that wraps others, with their keys."""
    if not isinstance(node, dict):
        return
    if node.get("data_root") is not None or node.get("ann_file"):
        yield key, node
    yield from _datasets(node.get("dataset"), f"{key}.dataset")
    for i, child in enumerate(node.get("datasets") or []):
        yield from _datasets(child, f"{key}.datasets.{i}")


def _paths_of_dataset(dataset: dict[str, Any], key: str) -> Iterator[_DataPath]:
    root = dataset.get("data_root") or ""
    # A data set that names a root alone may download into it, as CIFAR's does.
    if root and (dataset.get("ann_file") or dataset.get("data_prefix")):
        yield _data_path(f"{key}.data_root", root)
    prefix = dataset.get("data_prefix") or {}
    folders = prefix if isinstance(prefix, dict) else {"": prefix}
    below_root = {"ann_file": dataset.get("ann_file")} | {
        f"data_prefix.{name}".rstrip("."): folder for name, folder in folders.items()
    }
    for name, path in below_root.items():
        if path:
            # Joined as mmengine's BaseDataset does: an absolute path stays as it is.
            joined = os.path.join(root, path)
            set_by = "data_root" if joined != path else name
            yield _data_path(f"{key}.{name}", joined, set_by=f"{key}.{set_by}")
    for name in ("bbox_file", "headbox_file"):  # mmpose's, which are not joined
        if dataset.get(name):
            yield _data_path(f"{key}.{name}", dataset[name])


def _data_path(key: str, path: str, *, set_by: str | None = None) -> _DataPath:
    return _DataPath(key=key, path=path, set_by=set_by or key)


def _check_ends_of_json(file: _DataPath) -> None:
    # The first and last characters only: parsing COCO's annotations takes half a minute.
    with open(file.path, "rb") as stream:
        first = stream.read(64).lstrip()[:1]
        stream.seek(max(0, os.path.getsize(file.path) - 64))
        last = stream.read().rstrip()[-1:]
    if _JSON_ENDS.get(first) != last:
        raise UserError(
            f"{file.key}: {file.path} is not json, or was cut off; fetch or make it again"
        )


def _check_all_of_json(file: _DataPath) -> None:
    try:
        json.loads(Path(file.path).read_bytes())
    except ValueError as error:
        raise UserError(
            f"{file.key}: {file.path} is not json ({error}); fetch or make it again"
        ) from error


def _check_checkpoint(path: Path) -> None:
    """Check what can be seen without loading it."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint file {path}; give the path of one")
    with path.open("rb") as file:
        is_zip = file.read(2) == b"PK"  # what torch.save writes since 1.6
    if is_zip and not zipfile.is_zipfile(path):
        raise CheckpointError(f"{path} is truncated: its end is missing; get the file again")
