"""Data sets without a sample, which mmengine cannot store and says so in numpy's words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmengine.dataset import BaseDataset

from hrnet_mm.data.coco_records import listed
from hrnet_mm.errors import UserError


@contextmanager
def empty_datasets_refused(key: str) -> Iterator[None]:
    """Refuse to build a data set without a sample.

    Args:
        key: Where the config has the data set, or that which joins it with others.

    Raises:
        UserError: A data set is empty; the message says what of its config lets it be so.
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
    """Say that a data set has no sample, and what of its config lets it be so."""
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
