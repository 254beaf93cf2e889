"""Checks that labels fit the classes, for datasets of mmpretrain and mmdet."""

import json
from pathlib import Path
from typing import Any

from hrnet_mm.data.coco_categories import compare_classes
from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.findings import report
from hrnet_mm.data.run_config import DatasetConfig
from hrnet_mm.errors import UserError


def check_class_labels(dataset: Any, *, num_classes: int) -> None:
    """Check the labels of an mmpretrain dataset, which are in memory already.

    Args:
        dataset: The dataset.
        num_classes: Labels must be below it.

    Raises:
        UserError: A label is out of range; the message names the image and the label.
    """
    for index in range(len(dataset)):
        for label in dataset.get_cat_ids(index):
            if not 0 <= label < num_classes:
                file = dataset.get_data_info(index)["img_path"]
                raise UserError(
                    f"{file} has the label {label}, but there are {num_classes} classes, 0 to "
                    f"{num_classes - 1}: correct the file, or the model's num_classes and the "
                    "dataset's classes"
                )


def check_categories(dataset: Any, *, key: str) -> None:
    """Check that the classes of an mmdet dataset are categories of its annotation file.

    The tools of this package do so before; under the toolboxes' own, mmdet would silently drop the
    boxes of all other categories.

    Raises:
        UserError: A class is no category; the message names both.
    """
    classes = dataset.metainfo["classes"]
    if len(dataset.cat_ids) == len(classes):
        return
    options = {"type": type(dataset), "metainfo": {"classes": classes}}
    config = DatasetConfig(key=key, split="", scope="mmdet", options=options)
    content = json.loads(Path(dataset.ann_file).read_bytes())
    report(compare_classes(CocoFile(path=dataset.ann_file, content=content, dataset=config)))
    raise UserError(f"{key}: {len(dataset.cat_ids)} categories for metainfo.classes={classes}")
