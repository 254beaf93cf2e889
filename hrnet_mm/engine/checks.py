"""Finds what is missing or broken in a config's files before any model is built."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

_JSON_ENDS = {b"{": b"}", b"[": b"]"}


def check_config(cfg: Config, *, splits: Sequence[str]) -> None:
    """Check that the data and the checkpoint that a config names exist and are whole.

    Args:
        cfg: The config.
        splits: Which of "train", "val" and "test" will run.

    Raises:
        FileNotFoundError: A file or folder is missing; the message names it and its key.
        ValueError: An annotation file is not json; the message names it.
    """
    for split in splits:
        for key, dataset in _datasets(cfg.get(f"{split}_dataloader"), f"{split}_dataloader"):
            for name, path in _paths(dataset):
                _check_path(path, key=f"{key}.{name}", root_key=f"{key}.data_root")
        evaluators = cfg.get(f"{split}_evaluator") or []
        for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
            if evaluator.get("ann_file"):
                key = f"{split}_evaluator.ann_file"
                _check_path(evaluator["ann_file"], key=key, root_key=key)
    checkpoint = cfg.get("load_from")
    if checkpoint and "://" not in checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f"there is no checkpoint file {checkpoint}")


def _datasets(node: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the data sets below a data loader or a data set that wraps others, with their keys."""
    if not isinstance(node, dict):
        return
    if node.get("data_root") is not None or node.get("ann_file"):
        yield key, node
    yield from _datasets(node.get("dataset"), f"{key}.dataset")
    for i, child in enumerate(node.get("datasets") or []):
        yield from _datasets(child, f"{key}.datasets.{i}")


def _paths(dataset: dict[str, Any]) -> Iterator[tuple[str, str]]:
    # Joined as mmengine's BaseDataset does: a relative path is below data_root.
    root = dataset.get("data_root") or ""
    if root:
        yield "data_root", root
    if dataset.get("ann_file"):
        yield "ann_file", os.path.join(root, dataset["ann_file"])
    prefix = dataset.get("data_prefix") or {}
    folders = prefix if isinstance(prefix, dict) else {"": prefix}
    for name, folder in folders.items():
        if folder:
            yield f"data_prefix.{name}".rstrip("."), os.path.join(root, folder)


def _check_path(path: str, *, key: str, root_key: str) -> None:
    if "://" in path:
        return
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"{key}: {path} does not exist; put the data there, or say where they are with "
            f"--cfg-options {root_key}=..."
        )
    if path.endswith(".json"):
        _check_json(path, key=key)


def _check_json(path: str, *, key: str) -> None:
    # The first and last characters only: parsing COCO's annotations takes half a minute.
    with open(path, "rb") as file:
        first = file.read(64).lstrip()[:1]
        file.seek(max(0, os.path.getsize(path) - 64))
        last = file.read().rstrip()[-1:]
    if _JSON_ENDS.get(first) != last:
        raise ValueError(f"{key}: {path} is not json, or was cut off; fetch or make it again")
