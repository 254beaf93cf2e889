"""The data sets of a run as the toolboxes have built them."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LoadedData:
    """The data loaders of a run.

    Attributes:
        loaders: By split: "train", "val" or "test".
        image_paths: Those that COCO files list, by split.
    """

    loaders: Mapping[str, Any]
    image_paths: Mapping[str, Set[str]] = field(default_factory=dict)

    def datasets(self) -> Iterator[tuple[str, Any]]:
        """Yield the data sets with their keys, the parts of those that join or repeat others."""
        for split, loader in self.loaders.items():
            yield from _single(f"{split}_dataloader.dataset", loader.dataset)


def _single(key: str, dataset: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(dataset, "datasets"):
        for i, child in enumerate(dataset.datasets):
            yield from _single(f"{key}.datasets.{i}", child)
    elif hasattr(dataset, "dataset"):
        yield from _single(f"{key}.dataset", dataset.dataset)
    else:
        yield key, dataset
