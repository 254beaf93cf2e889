"""COCO annotation files, taken from the stock datasets while they parse them (only once)."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from hrnet_mm.data.coco_records import Records
from hrnet_mm.data.run_config import DatasetConfig
from hrnet_mm.data.stock_readers import Reader, reader_of

_READERS = ("pycocotools.coco", "xtcocotools.coco")


@dataclass(frozen=True, kw_only=True)
class CocoFile:
    """The content of an annotation file, and the dataset that reads it.

    Attributes:
        path: The file.
        content: The parsed json: a dict, if valid, of unchecked content.
        dataset: The config of the dataset.
    """

    path: str
    content: dict[str, Any]
    dataset: DatasetConfig

    @cached_property
    def reader(self) -> Reader:
        """How the dataset reads it."""
        return reader_of(self.dataset)

    @cached_property
    def images(self) -> Records:
        """Its list of images."""
        return Records(self.content, "images")

    @cached_property
    def annotations(self) -> Records:
        """Its list of annotations."""
        return Records(self.content, "annotations")

    @cached_property
    def categories(self) -> Records:
        """Its list of categories."""
        return Records(self.content, "categories")

    @cached_property
    def image_paths(self) -> frozenset[str]:
        """Where its images are, from the working directory."""
        prefix = self.dataset.options.get("data_prefix") or {}
        name = prefix.get("img") if isinstance(prefix, Mapping) else prefix
        folder = os.path.normpath(self.dataset.joined(name) or ".")
        return frozenset(f"{folder}/{name}" for name in self.images.column("file_name"))

    @cached_property
    def image_index(self) -> np.ndarray:
        """The index of each annotation's image in `images`, -1 if it is not there, (N,)."""
        indices = {value: index for index, value in enumerate(self.images.ids())}
        indices[None] = -1
        return np.array([indices.get(i, -1) for i in self.annotations.ids("image_id")], np.int64)

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


_callbacks: list[Callable[[str, dict[str, Any]], None]] = []


@cache
def _patch(reader: Any) -> None:
    """Patch a reader class so that it calls back with each file that it parses."""
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
            for callback in list(_callbacks):
                callback(path, self.dataset)
        stock_index(self)

    reader.__init__, reader.createIndex = init, create_index
