"""A config as the rules read it: the splits that run, and their datasets."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mmengine.config import Config


@dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """The config of one dataset.

    Attributes:
        key: Its key in the config, such as "train_dataloader.dataset.datasets.0".
        split: "train", "val" or "test".
        scope: The toolbox of the run, the config's ``default_scope``.
        options: The config itself.
        metrics: The configs of the metrics that evaluate it; none if they evaluate others too.
    """

    key: str
    split: str
    scope: str
    options: Mapping[str, Any]
    metrics: Sequence[Mapping[str, Any]] = ()

    @property
    def is_remote(self) -> bool:
        """Whether its files are read by a backend other than the local disk's."""
        pipeline = self.options.get("pipeline")
        steps = pipeline if isinstance(pipeline, (list, tuple)) else ()
        readers = [self.options, *(step for step in steps if isinstance(step, Mapping))]
        return any(map(_is_remote_reader, readers)) or "://" in str(self.options.get("data_root"))

    @property
    def ann_file(self) -> str | None:
        """The path of its annotation file, from the working directory."""
        return self.joined(self.options.get("ann_file"))

    def joined(self, path: str | None) -> str | None:
        """Join a path and ``data_root`` as mmengine's BaseDataset does."""
        if not path:
            return None
        return os.path.join(self.options.get("data_root") or "", path)


def _is_remote_reader(options: Mapping[str, Any]) -> bool:
    arguments = options.get("backend_args") or options.get("file_client_args") or {}
    return arguments.get("backend", "local") not in ("local", "disk")  # "disk" is the old name


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """A config, and which of its splits will run.

    Attributes:
        cfg: The config.
        splits: Those of "train", "val" and "test" that run.
    """

    cfg: Config
    splits: Sequence[str]

    @property
    def scope(self) -> str:
        """The toolbox that trains or tests."""
        return self.cfg.get("default_scope") or "mmengine"

    @cached_property
    def datasets(self) -> tuple[DatasetConfig, ...]:
        """The datasets of all splits, those wrapped by others too."""
        return tuple(dataset for split in self.splits for dataset in self._datasets_of(split))

    def _datasets_of(self, split: str) -> Iterator[DatasetConfig]:
        key = f"{split}_dataloader"
        leaves = list(_leaves(self.cfg.get(key), key))
        alone = len(leaves) == 1
        metrics = tuple(metric for _, metric in self.evaluators(split)) if alone else ()
        for path, options in leaves:
            yield DatasetConfig(
                key=path, split=split, scope=self.scope, options=options, metrics=metrics
            )

    def loader(self, split: str) -> Mapping[str, Any]:
        """The config of a split's data loader; empty if there is none."""
        loader = self.cfg.get(f"{split}_dataloader")
        return loader if isinstance(loader, Mapping) else {}

    def evaluators(self, split: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The metrics of a split with their keys, those within an evaluator's ``metrics`` too."""
        return list(_metrics(self.cfg.get(f"{split}_evaluator"), f"{split}_evaluator"))


def _leaves(node: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the datasets below a data loader or a dataset that wraps others, with their keys."""
    if not isinstance(node, Mapping):
        return
    children = [(f"{key}.dataset", node["dataset"])] if node.get("dataset") else []
    datasets = node.get("datasets")
    if isinstance(datasets, (list, tuple)):
        children += [(f"{key}.datasets.{i}", child) for i, child in enumerate(datasets)]
    for path, child in children:
        yield from _leaves(child, path)
    if not children and "." in key:
        yield key, node


def _metrics(node: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, (list, tuple)):
        for i, child in enumerate(node):
            yield from _metrics(child, f"{key}.{i}")
    elif isinstance(node, Mapping):
        if node.get("metrics"):
            yield from _metrics(node["metrics"], f"{key}.metrics")
        else:
            yield key, node
