"""A config as the rules read it: the splits that run, and their datasets."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS

from hrnet_mm.data.nodes import Nodes, each, find_class


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
        readers = (self.options, *self.pipeline)
        return any(map(is_remote_reader, readers)) or "://" in str(self.options.get("data_root"))

    @property
    def pipeline(self) -> list[Mapping[str, Any]]:
        """The transforms of its pipeline."""
        return [step for _, step in each(self.options.get("pipeline"), "")]

    @cached_property
    def cls(self) -> Any:
        """Its class; None for a type that is not registered."""
        return find_class(DATASETS, self.options, scope=self.scope)

    @property
    def metainfo(self) -> Mapping[str, Any]:
        """The metainfo of the config; empty if there is none."""
        metainfo = self.options.get("metainfo")
        return metainfo if isinstance(metainfo, Mapping) else {}

    @property
    def ann_file(self) -> str | None:
        """The path of its annotation file, from the working directory."""
        return self.joined(self.options.get("ann_file"))

    def joined(self, path: str | None) -> str | None:
        """Join a path and ``data_root`` as mmengine's BaseDataset does."""
        if not path:
            return None
        return os.path.join(self.options.get("data_root") or "", path)

    @property
    def image_folder(self) -> str:
        """The folder with the images of a dataset of mmseg or mmpretrain."""
        prefix = self.options.get("data_prefix") or ""
        if not isinstance(prefix, str):
            prefix = prefix.get("img_path") or ""
        return os.path.join(self.options.get("data_root") or "", os.path.expanduser(prefix))

    @property
    def missing_path(self) -> str | None:
        """Its annotation file or else the folder with its images, if that does not exist."""
        for path in (self.ann_file, self.image_folder):
            if path and not self.is_remote and not os.path.exists(path):
                return path
        return None

    def option(self, name: str) -> Any:
        """Return an option, or its default in the class; None if it has no default."""
        if name in self.options:
            return self.options[name]
        parameter = signature(self.cls).parameters.get(name) if callable(self.cls) else None
        return None if not parameter or parameter.default is parameter.empty else parameter.default


def is_remote_reader(options: Mapping[str, Any]) -> bool:
    """Whether a dataset, transform or metric reads by a backend other than the local disk's."""
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
        metrics = [metric for _, metric in self.evaluators(split)] if len(leaves) == 1 else ()
        for path, options in leaves:
            yield DatasetConfig(
                key=path, split=split, scope=self.scope, options=options, metrics=metrics
            )

    @property
    def model(self) -> Mapping[str, Any]:
        """The config of the model; empty if there is none."""
        return self.cfg.get("model") or {}

    @property
    def preprocessor(self) -> tuple[str, Mapping[str, Any]]:
        """The data preprocessor and its key; the model's own comes before the config's."""
        own = self.model.get("data_preprocessor")
        if isinstance(own, Mapping):
            return "model.data_preprocessor", own
        return "data_preprocessor", self.cfg.get("data_preprocessor") or {}

    def loader(self, split: str) -> Mapping[str, Any]:
        """The config of a split's data loader; empty if there is none."""
        loader = self.cfg.get(f"{split}_dataloader")
        return loader if isinstance(loader, Mapping) else {}

    def evaluators(self, split: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The metrics of a split with their keys, those within an evaluator's ``metrics`` too."""
        return list(_metrics(self.cfg.get(f"{split}_evaluator"), f"{split}_evaluator"))


def _leaves(node: Any, key: str) -> Nodes:
    """Yield the datasets below a data loader or a dataset that wraps others, with their keys."""
    if not isinstance(node, Mapping):
        return
    children = [
        *each(node.get("dataset") or None, f"{key}.dataset"),
        *each(node.get("datasets"), f"{key}.datasets"),
    ]
    for path, child in children:
        yield from _leaves(child, path)
    if not children and "." in key:
        yield key, node


def _metrics(node: Any, key: str) -> Nodes:
    for path, metric in each(node, key):
        if metric.get("metrics"):
            yield from _metrics(metric["metrics"], f"{path}.metrics")
        else:
            yield path, metric
