"""Finds labels that a data set's classes do not have."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from hrnet_mm.errors import UserError


def check_label_maps(dataset: Any, *, num_classes: int, share: tuple[int, int] = (0, 1)) -> None:
    """Read the label maps of an mmseg data set as its own pipeline does.

    Args:
        dataset: The data set.
        num_classes: Labels are below it, or ``dataset.ignore_index``.
        share: Which of how many processes this is; each reads its share.

    Raises:
        UserError: A label is out of range; the message names the file and the label.
    """
    from mmseg.datasets.transforms import LoadAnnotations

    loaders: list[Any] = [
        step for step in dataset.pipeline.transforms if isinstance(step, LoadAnnotations)
    ]
    if not loaders:  # it is tested without truth
        return

    def read(index: int) -> tuple[str, np.ndarray]:
        sample = dataset.get_data_info(index)
        return sample["seg_map_path"], np.unique(loaders[0](sample)["gt_seg_map"])

    rank, processes = share
    indices = range(rank, len(dataset), processes)
    with ThreadPoolExecutor() as pool:  # decoding a picture leaves Python free
        try:
            maps = pool.map(read, indices)
            for file, labels in track(maps, "Reading labels", total=len(indices), transient=True):
                for label in labels[labels != dataset.ignore_index].tolist():
                    _check(label, num_classes=num_classes, file=file)
        except ValueError:
            pool.shutdown(cancel_futures=True)
            raise


def check_class_labels(dataset: Any, *, num_classes: int) -> None:
    """Check the labels of an mmpretrain data set; arguments and errors as `check_label_maps`."""
    for index in range(len(dataset)):
        for label in dataset.get_cat_ids(index):
            if not 0 <= label < num_classes:
                sample = dataset.get_data_info(index)
                _check(label, num_classes=num_classes, file=sample["img_path"])


def check_categories(dataset: Any) -> None:
    """Look for the classes of an mmdet data set among the categories of its annotation file.

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


def _check(label: int, *, num_classes: int, file: str) -> None:
    if not 0 <= label < num_classes:
        raise UserError(
            f"{file} has the label {label}, but there are {num_classes} classes, 0 to "
            f"{num_classes - 1}: correct the file, or the model's num_classes and the data set's "
            "classes"
        )
