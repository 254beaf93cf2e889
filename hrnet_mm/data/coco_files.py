"""COCO annotation files, taken from the stock datasets while they parse them (only once)."""

import copy
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from functools import cache, cached_property, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from hrnet_mm.data.coco_records import Records
from hrnet_mm.data.findings import SHOWN, Finding, Place, shortened
from hrnet_mm.data.nodes import type_name
from hrnet_mm.data.run_config import DatasetConfig

_READERS = ("pycocotools.coco", "xtcocotools.coco")


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
    loads, parses, annotations = (
        getattr(getattr(dataset.cls, name, None), "__module__", None)
        for name in ("load_data_list", "parse_data_info", "_load_annotations")
    )
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
    try:
        parsed = dataset.cls._load_metainfo(copy.deepcopy(dataset.options.get("metainfo")))
        return tuple(parsed["keypoint_id2name"][i] for i in range(parsed["num_keypoints"]))
    except (AssertionError, AttributeError, KeyError, OSError, TypeError, ValueError):
        return None  # building the dataset will fail with its own error


def loads_masks(dataset: DatasetConfig) -> bool:
    """Whether its pipeline loads instance masks."""
    return any(step.get("with_mask") for step in dataset.pipeline)


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


class CocoFile:
    """The content of an annotation file, and the dataset that reads it.

    Args:
        path: The file.
        content: The parsed json: a dict, if valid, of unchecked content.
        dataset: The config of the dataset.
        is_thorough: Whether a single annotation that is not used as written is a fault; otherwise
            only what changes a training.

    Attributes:
        reader: How the dataset reads it.
        images, annotations, categories: Its lists.
    """

    def __init__(
        self, *, path: str, content: Any, dataset: DatasetConfig, is_thorough: bool = False
    ) -> None:
        self.path, self.content, self.dataset = path, content, dataset
        self.is_thorough = is_thorough
        self.reader = reader_of(dataset)
        self.images = Records(content, "images")
        self.annotations = Records(content, "annotations")
        self.categories = Records(content, "categories")

    @cached_property
    def image_folder(self) -> str:
        """The folder of its images, from the working directory."""
        prefix = self.dataset.options.get("data_prefix") or {}
        name = prefix.get("img") if isinstance(prefix, Mapping) else prefix
        return os.path.normpath(self.dataset.joined(name) or ".")

    @cached_property
    def image_paths(self) -> frozenset[str]:
        """Where its images are, from the working directory."""
        return frozenset(f"{self.image_folder}/{name}" for name in self.images.column("file_name"))

    def finding(
        self,
        text: str,
        *,
        of: Records,
        concerned: Iterable[bool],
        key: str = "id",
        is_error: bool = True,
    ) -> Finding:
        """Describe a fault of some entries of a list.

        Args:
            text: What is wrong, to follow the file's path.
            of: The list.
            concerned: Which entries, (N,) bool.
            key: That of the value that is wrong.
            is_error: Whether it is an error.
        """
        indices = np.flatnonzero(np.fromiter(concerned, bool))
        return Finding(
            text=f"{self.path}: {text}",
            is_error=is_error,
            count=len(indices),
            places=tuple(self._place(of, index, key) for index in indices[:SHOWN].tolist()),
        )

    def _place(self, records: Records, index: int, key: str) -> Place:
        row = records.rows[index]
        name = row.get("file_name")
        box = None
        if records is self.annotations:
            image = int(self.image_index[index])
            name = self.images.rows[image].get("file_name") if image >= 0 else None
            box = tuple(records.boxes[index].tolist())
        id_ = "" if key == "id" else f"id {shortened(row.get('id'))}, "
        return Place(
            file=f"{self.image_folder}/{name}" if isinstance(name, str) else self.path,
            value=f"{id_}{key} {shortened(row.get(key))}",
            box=box if box and np.isfinite(box).all() else None,
        )

    @cached_property
    def image_index(self) -> np.ndarray:
        """The index of each annotation's image in `images`, -1 if it is not there, (N,)."""
        return self.images.positions(self.annotations, "image_id")

    @cached_property
    def category_index(self) -> np.ndarray:
        """The index of each annotation's category in `categories`, -1 if it is not there, (N,)."""
        return self.categories.positions(self.annotations, "category_id")

    @cached_property
    def is_read(self) -> np.ndarray:
        """Which annotations the reader uses, (N,) bool: those of its images without ``ignore``."""
        known = self.image_index >= 0
        if self.reader is Reader.BOXES and any(self.annotations.column("ignore")):
            known &= np.array([not value for value in self.annotations.column("ignore")], bool)
        return known


@contextmanager
def coco_files_seen(callback: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
    """Call back with the path and the content of each file that a COCO reader parses meanwhile.

    The call comes right after parsing, so also for a file that the reader cannot use. Several
    contexts may be active at once and end in any order.
    """
    for name in _READERS:
        if find_spec(name.partition(".")[0]) is not None:
            _patch(import_module(name).COCO)
    _callbacks.append(callback)
    try:
        yield
    finally:
        _callbacks.remove(callback)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare a million annotations that are all in use: a second for each time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_callbacks: list[Callable[[str, dict[str, Any]], None]] = []


@cache
def _patch(reader: Any) -> None:
    """Patch a reader class so that it calls back with each file that it parses."""
    if "createIndex" not in vars(reader):
        return  # the stand-in for xtcocotools, which parses by the methods of pycocotools
    stock_init, stock_index = reader.__init__, reader.createIndex
    paths: dict[int, str] = {}  # by id() of the reader under construction

    @wraps(stock_init)
    def init(self: Any, annotation_file: Any = None, *args: Any, **kwargs: Any) -> None:
        if annotation_file is not None:
            paths[id(self)] = str(annotation_file)
        stock_init(self, annotation_file, *args, **kwargs)

    @wraps(stock_index)
    def create_index(self: Any) -> None:
        path = paths.pop(id(self), None)  # None for a reader of results, which has no file
        if path is not None:
            with _no_garbage_collection():
                for callback in list(_callbacks):
                    callback(path, self.dataset)
        stock_index(self)

    reader.__init__, reader.createIndex = init, create_index
