"""Checks the labels of mmpretrain's datasets; their range is noted while they are built."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from itertools import chain
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from hrnet_mm.data.findings import Finding, Place

_NOTED = "_hrnet_mm_label_range"  # of a dataset: its least and its greatest label


@contextmanager
def labels_noted() -> Iterator[None]:
    """Note the range of the labels of each dataset that is built meanwhile.

    Each sample is pickled in the end. To unpickle those of ImageNet takes ten seconds. Several
    contexts may be active at once and end in any order.
    """
    _patch()
    token = object()
    _active.append(token)
    try:
        yield
    finally:
        _active.remove(token)


_active: list[object] = []


@cache
def _patch() -> None:
    stock = BaseDataset._serialize_data

    @wraps(stock)
    def serialize(self: Any) -> Any:
        labels = [info["gt_label"] for info in self.data_list if "gt_label" in info]
        if _active and labels and hasattr(self, "get_gt_labels"):
            setattr(self, _NOTED, _range(labels))
        return stock(self)

    BaseDataset._serialize_data = serialize


def _range(labels: Sequence[Any]) -> tuple[int, int]:
    if np.ndim(labels[0]):  # each image has several
        labels = [*chain.from_iterable(labels)]
    return int(min(labels, default=0)), int(max(labels, default=0))


def wrong_class_labels(dataset: Any, *, num_classes: int | None) -> Iterator[Finding]:
    """Find labels of images that no class has.

    Args:
        dataset: The dataset.
        num_classes: Labels must be below it; None for the number of the dataset's classes.
    """
    if not hasattr(dataset, "get_gt_labels") or not len(dataset):
        return
    classes = dataset.metainfo.get("classes")
    count = num_classes or len(classes or ())
    least, greatest = getattr(dataset, _NOTED, (-1, -1))
    if not count or "gt_label" not in dataset.get_data_info(0) or 0 <= least <= greatest < count:
        return
    wrong = [
        Place(file=_name(dataset, index), value=f"has the label {label}")
        for index in range(len(dataset))
        for label in dataset.get_cat_ids(index)
        if not 0 <= label < count
    ]
    if wrong:
        yield Finding(
            text=f"{wrong[0].file} {wrong[0].value}, but there are {count} classes, 0 to "
            f"{count - 1}: correct the file, or the model's num_classes and the dataset's classes",
            rule="class label",
            count=len(wrong),
            places=tuple(wrong),
        )


def _name(dataset: Any, index: int) -> str:
    # MNIST and CIFAR have all images in one file.
    return dataset.get_data_info(index).get("img_path", f"sample {index}")
