"""How the stock dataset classes read COCO files."""

import copy
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from mmengine.registry import DATASETS

from hrnet_mm.data.nodes import find_class, type_name
from hrnet_mm.data.run_config import DatasetConfig


class Reader(Enum):
    """How the toolboxes read COCO files; a custom class may read them in another way."""

    BOXES = auto()
    """mmdet's CocoDataset: boxes, labelled by the order of the file's categories."""
    KEYPOINTS = auto()
    """mmpose's BaseCocoStyleDataset: keypoints and boxes."""
    LANDMARKS = auto()
    """mmpose's WFLW, 300W and AFLW: keypoints, and boxes from ``center`` and ``scale``."""
    OTHER = auto()


_MMDET = "mmdet.datasets.coco"
_MMPOSE = "mmpose.datasets.datasets.base.base_coco_style_dataset"
_MMPOSE_FACES = tuple(
    f"mmpose.datasets.datasets.face.{name}_dataset"
    for name in ("wflw", "face_300w", "face_300vw", "aflw")
)


def reader_of(dataset: DatasetConfig) -> Reader:
    """Determine how a dataset reads its file from where its methods are defined."""
    cls = find_class(DATASETS, dataset.options, scope=dataset.scope)
    loads, parses = (
        getattr(getattr(cls, name, None), "__module__", None)
        for name in ("load_data_list", "parse_data_info")
    )
    annotations = getattr(getattr(cls, "_load_annotations", None), "__module__", None)
    if loads == parses == _MMDET:
        return Reader.BOXES
    if loads == annotations == _MMPOSE:
        if parses == _MMPOSE:
            return Reader.KEYPOINTS
        if parses in _MMPOSE_FACES:
            return Reader.LANDMARKS
    return Reader.OTHER


def keypoint_names_of(dataset: DatasetConfig) -> tuple[str, ...] | None:
    """Return the names of the keypoints in order, or None where the metainfo has none."""
    cls = find_class(DATASETS, dataset.options, scope=dataset.scope)
    metainfo = dataset.options.get("metainfo")
    try:
        parsed = cls._load_metainfo(copy.deepcopy(metainfo))
        return tuple(parsed["keypoint_id2name"][i] for i in range(parsed["num_keypoints"]))
    except (AssertionError, AttributeError, KeyError, OSError, TypeError, ValueError):
        return None  # building the dataset will fail with its own error


def loads_masks(dataset: DatasetConfig) -> bool:
    """Whether its pipeline loads instance masks."""
    steps = dataset.options.get("pipeline") or ()
    return any(isinstance(step, dict) and step.get("with_mask") for step in steps)


def coco_metrics_of(dataset: DatasetConfig) -> list[Mapping[str, Any]]:
    """Return its CocoMetrics that evaluate, not those that only write results."""
    return [
        metric
        for metric in dataset.metrics
        if type_name(metric) == "CocoMetric" and not metric.get("format_only")
    ]


def needs_annotations(dataset: DatasetConfig) -> bool:
    """Whether its annotations are used: in training, or by a metric."""
    return dataset.split == "train" or any(not m.get("format_only") for m in dataset.metrics)
