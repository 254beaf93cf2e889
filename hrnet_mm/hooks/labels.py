"""Finds labels that a dataset's classes do not have."""

import json
from pathlib import Path
from typing import Any

from hrnet_mm.errors import UserError


def check_class_labels(dataset: Any, *, num_classes: int) -> None:
    """Check the labels of an mmpretrain dataset, which it has read already.

    Args:
        dataset: The dataset.
        num_classes: Labels are below it.

    Raises:
        UserError: A label is out of range; the message names the image and the label.
    """
    for index in range(len(dataset)):
        for label in dataset.get_cat_ids(index):
            if not 0 <= label < num_classes:
                file = dataset.get_data_info(index)["img_path"]
                raise UserError(
                    f"{file} has the label {label}, but there are {num_classes} classes, 0 to "
                    f"{num_classes - 1}: correct the file, or the model's num_classes and the data "
                    "set's classes"
                )


def check_categories(dataset: Any) -> None:
    """Look for the classes of an mmdet dataset among the categories of its annotation file.

    mmdet drops the boxes of any other category silently.

    Raises:
        UserError: A class is no category; the message shows both.
    """
    classes = dataset.metainfo["classes"]
    if len(dataset.cat_ids) != len(classes):
        categories = json.loads(Path(dataset.ann_file).read_bytes())["categories"]
        names = [category["name"] for category in categories]
        missing = [name for name in classes if name not in names]
        raise UserError(
            f"{dataset.ann_file} has no category {missing}, which metainfo.classes names: it has "
            f"the {len(names)} categories {names}"
        )
