"""The data loaders and datasets that a run has built."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LoadedData:
    """The data loaders of a run.

    Attributes:
        loaders: By split: "train", "val" or "test".
        image_paths: The images listed in COCO files, by split.
    """

    loaders: Mapping[str, Any]
    image_paths: Mapping[str, Set[str]] = field(default_factory=dict)

    def datasets(self) -> Iterator[tuple[str, Any]]:
        """Yield the innermost datasets with their keys: the parts of ConcatDataset and the like."""
        for key, dataset in self.all_datasets():
            if not any(_parts(key, dataset)):
                yield key, dataset

    def datasets_with_wrappers(self) -> Iterator[tuple[str, Any, list[Any]]]:
        """Yield the innermost datasets with their keys, and those that wrap them, inner first."""
        found = list(self.all_datasets())
        for key, dataset in self.datasets():
            outer = [other for path, other in reversed(found) if key.startswith(f"{path}.")]
            yield key, dataset, outer

    def all_datasets(self) -> Iterator[tuple[str, Any]]:
        """Yield all datasets with their keys: wrappers such as ConcatDataset, and their parts."""
        for split, loader in self.loaders.items():
            yield from _tree(f"{split}_dataloader.dataset", loader.dataset)


def _tree(key: str, dataset: Any) -> Iterator[tuple[str, Any]]:
    yield key, dataset
    for path, part in _parts(key, dataset):
        yield from _tree(path, part)


def _parts(key: str, dataset: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(dataset, "datasets"):
        for i, part in enumerate(dataset.datasets):
            yield f"{key}.datasets.{i}", part
    elif hasattr(dataset, "dataset"):
        yield f"{key}.dataset", dataset.dataset
