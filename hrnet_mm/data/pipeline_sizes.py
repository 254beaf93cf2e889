"""Sizes of a dataset's images after its pipeline, from the headers of the files."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmcv.image.geometric import rescale_size
from mmengine.registry import DATASETS
from PIL import Image

from hrnet_mm.data.nodes import find_class, option, type_name
from hrnet_mm.data.run_config import DatasetConfig
from hrnet_mm.data.text_files import read_lines

Size = tuple[int, int]  # width and height
_SAMPLE_SIZE = 64  # images, evenly spaced
_ORIENTATION, _ROTATED = 0x0112, (5, 6, 7, 8)  # of EXIF
_KEEP_SIZE = ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs", "PackInputs")


def sizes_of_batch(dataset: DatasetConfig) -> dict[Size, str]:
    """Return the sizes of some of the images after the pipeline, with a file of each.

    Empty if the pipeline has a transform whose effect on the size is unknown here.
    """
    pipeline = list(dataset.options.get("pipeline") or ())
    steps = [step for step in pipeline if type_name(step) not in _KEEP_SIZE]
    known = [_EFFECTS.get(type_name(step)) for step in steps]
    if None in known:
        return {}
    files = list(_images(dataset))
    sizes: dict[Size, str] = {}
    for file in files[:: max(1, len(files) // _SAMPLE_SIZE)]:
        size = _size_of(file)
        for effect, step in zip(known, steps, strict=True):
            size = effect(size, step) if size and effect else None
        if size:
            sizes.setdefault(size, file)
    return sizes


def _images(dataset: DatasetConfig) -> Iterator[str]:
    """Yield the images of a folder, or of mmseg's list."""
    folder = image_folder(dataset)
    cls = find_class(DATASETS, dataset.options, scope=dataset.scope)
    suffix = option(dataset.options, "img_suffix", cls=cls)
    if dataset.scope == "mmpretrain":
        suffix = tuple(option(dataset.options, "extensions", cls=cls) or ())
    if not suffix:
        return
    ann_file = dataset.ann_file
    if ann_file and not os.path.isdir(ann_file):
        if dataset.scope == "mmseg" and os.path.isfile(ann_file):
            for line in read_lines(ann_file) or ():
                yield os.path.join(folder, f"{line.strip()}{suffix}")
        return
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(parent, name) for name in sorted(names) if name.endswith(suffix))


def image_folder(dataset: DatasetConfig) -> str:
    """Return the folder that holds the images of a dataset of mmseg or mmpretrain."""
    prefix = dataset.options.get("data_prefix") or ""
    if not isinstance(prefix, str):
        prefix = prefix.get("img_path") or ""
    return os.path.join(dataset.options.get("data_root") or "", os.path.expanduser(prefix))


def _size_of(file: str) -> Size | None:
    try:
        with Image.open(file) as image:
            width, height = image.size
            is_rotated = image.getexif().get(_ORIENTATION) in _ROTATED
    except OSError:  # a damaged image is reported when it is read
        return None
    return (height, width) if is_rotated else (width, height)


def _resize(size: Size, step: Mapping[str, Any]) -> Size | None:
    scale = step.get("scale")
    if scale is None:
        return None
    scale = (scale, scale) if isinstance(scale, int) else tuple(scale)
    return rescale_size(size, scale) if step.get("keep_ratio") else scale


def _resize_edge(size: Size, step: Mapping[str, Any]) -> Size | None:
    (width, height), side, edge = size, step["scale"], step.get("edge", "short")
    by_width = edge == "width" or (edge == "short" and width < height)
    if by_width or (edge == "long" and width > height):
        return side, int(side * height / width)
    return int(side * width / height), side


_EFFECTS: dict[str, Callable[[Size, Mapping[str, Any]], Size | None]] = {
    "Resize": _resize,
    "ResizeEdge": _resize_edge,
}
