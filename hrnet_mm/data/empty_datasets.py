"""Datasets without a sample, for which mmengine raises an unclear error of numpy."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmengine.dataset import BaseDataset

from hrnet_mm.data.coco_records import listed
from hrnet_mm.errors import UserError


@contextmanager
def empty_datasets_refused(key: str) -> Iterator[None]:
    """Refuse to build a dataset without a sample.

    Args:
        key: The config's key of the dataset, or of the dataset that wraps it.

    Raises:
        UserError: A dataset is empty; the message names the options that are the reason.
    """
    stock = BaseDataset._serialize_data

    def serialize(self: Any) -> Any:
        if not self.data_list:
            raise UserError(no_sample(key, self))
        return stock(self)

    BaseDataset._serialize_data = serialize
    try:
        yield
    finally:
        BaseDataset._serialize_data = stock


def no_sample(key: str, dataset: Any) -> str:
    """Describe that a dataset has no sample, with the options that are the reason."""
    bbox_file = getattr(dataset, "bbox_file", None)
    ann_file = getattr(dataset, "ann_file", None)
    suffix = getattr(dataset, "img_suffix", None)
    given = getattr(dataset, "filter_cfg", None)
    passed = f" that passes filter_cfg={given}" if given else ""
    if bbox_file:
        reason = f"{bbox_file} has no detection with category_id 1{passed}"
    elif ann_file:
        reason = f"{ann_file} lists none{passed}"
    else:
        prefix = getattr(dataset, "data_prefix", None)
        folders = prefix.values() if isinstance(prefix, Mapping) else [prefix]
        ending = f" whose name ends in img_suffix={suffix!r}" if suffix else ""
        reason = f"no image{ending} is in {listed(folder for folder in folders if folder)}"
    return f"{key} has no sample: {reason}; correct the file or the config"
