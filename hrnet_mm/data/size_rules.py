"""Rules about image sizes: sliding windows, padding, batches, feature maps of one pixel."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmcv.image.geometric import rescale_size

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.head_rules import heads
from hrnet_mm.data.image_sizes import Size, image_size, text_of
from hrnet_mm.data.list_file_rules import read_lines
from hrnet_mm.data.nodes import type_name, walk
from hrnet_mm.data.run_config import DatasetConfig, RunConfig
from hrnet_mm.errors import UserError

_SAMPLE_SIZE = 64  # images of a dataset, evenly spaced
_KEEP_SIZE = ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs", "PackInputs")
_COARSEST_STRIDE = 32  # of HRNet's branches
_STACKING = ("mmseg", "mmpretrain")  # mmdet and mmpose pad, or crop all to one size
_CROPS = ("RandomCrop", "CenterCrop", "RandomResizedCrop")
_BATCH_NORMS = ("BN", "BN1d", "BN2d")
_POOLS_TO_ONE = ("ASPPHead", "DepthwiseSeparableASPPHead", "PSPHead", "UPerHead")


def sliding_windows(run: RunConfig) -> Iterator[Finding]:
    """The sliding windows of mmseg leave no gap."""
    key, test_cfg = "model.test_cfg", run.model.get("test_cfg") or {}
    tested = {"val", "test"} & set(run.splits)
    mode = test_cfg.get("mode", "whole")
    if run.scope != "mmseg" or not tested or mode == "whole":
        return
    if mode != "slide" and type_name(run.model) in ("EncoderDecoder", "CascadeEncoderDecoder"):
        yield Finding(text=f"{key}.mode={mode!r}: choose 'whole' or 'slide'")
    if mode != "slide":
        return
    for name in ("stride", "crop_size"):
        pair = test_cfg.get(name)
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or min(pair) <= 0:
            yield Finding(
                text=f"{key} has mode='slide' and {name}={pair!r}: give the window's "
                f"{name}=(height, width) in pixels, or mode='whole'"
            )
            return
    stride, crop_size = tuple(test_cfg["stride"]), tuple(test_cfg["crop_size"])
    if any(step > window for step, window in zip(stride, crop_size, strict=True)):
        yield Finding(
            text=f"{key}.stride={stride} is larger than crop_size={crop_size}, which leaves pixels "
            "out: set a stride of two thirds of it or less"
        )


def padding(run: RunConfig) -> Iterator[Finding]:
    """In training, mmseg pads either to a size or to multiples of a number."""
    key, options = run.preprocessor
    is_stock = run.scope == "mmseg" and type_name(options) == "SegDataPreProcessor"
    if not is_stock or "train" not in run.splits:
        return
    given = {name: options.get(name) for name in ("size", "size_divisor")}
    if (given["size"] is None) == (given["size_divisor"] is None):
        shown = " and ".join(f"{name}={value!r}" for name, value in given.items())
        yield Finding(text=f"{key} has {shown}: set one of them, as size=crop_size for training")


def labels_before_resize(run: RunConfig) -> Iterator[Finding]:
    """Labels are compared at the image's original size in mmseg."""
    for dataset in run.datasets:
        if dataset.scope != "mmseg" or dataset.split == "train":
            continue
        steps = [type_name(step) for step in dataset.pipeline]
        loaded = steps.index("LoadAnnotations") if "LoadAnnotations" in steps else len(steps)
        resized = [step for step in steps[loaded:] if step in ("Resize", "ResizeShortestEdge")]
        if resized:
            yield Finding(
                text=f"{dataset.key}.pipeline has LoadAnnotations before {resized[0]}, so that the "
                "labels are resized too, but they are compared at the image's own size: put "
                f"LoadAnnotations after {resized[0]}"
            )


def one_size_per_batch(run: RunConfig) -> Iterator[Finding]:
    """Images of a batch have one size, unless the toolbox pads them."""
    _, options = run.preprocessor
    for dataset in run.datasets:
        loader = run.loader(dataset.split)
        batch = loader.get("batch_size", 1)
        if dataset.scope == "mmseg":
            stacked = dataset.split != "train" and not options.get("test_cfg")
        else:
            stacked = type_name(loader.get("collate_fn")) == "default_collate"
        if not stacked or batch == 1 or dataset.is_remote or dataset.scope not in _STACKING:
            continue
        sizes = _sizes_of_batch(dataset)
        if len(sizes) > 1:
            (first, file), (second, other) = list(sizes.items())[:2]
            shown = f"{file} is {text_of(first)} and {other} {text_of(second)}"
            yield Finding(
                text=f"{dataset.split}_dataloader.batch_size={batch}, but after the pipeline "
                f"{shown}, which do not fit into one batch: set batch_size=1, or resize to one size"
            )


def _sizes_of_batch(dataset: DatasetConfig) -> dict[Size, str]:
    """Return the sizes of some of the images after the pipeline, with a file of each.

    Empty if the pipeline has a transform whose effect on the size is unknown here.
    """
    steps = [step for step in dataset.pipeline if type_name(step) not in _KEEP_SIZE]
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
    folder = dataset.image_folder
    suffix = dataset.option("img_suffix")
    if dataset.scope == "mmpretrain":
        suffix = tuple(dataset.option("extensions") or ())
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


def _size_of(file: str) -> Size | None:
    try:
        return image_size(file)
    except UserError:  # a damaged image is reported when it is read
        return None


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


def batch_norm_of_one_value(run: RunConfig) -> Iterator[Finding]:
    """Batch norm is trained on more than one value per channel."""
    if "train" not in run.splits or run.loader("train").get("batch_size", 1) != 1:
        return
    norms = _BATCH_NORMS
    if run.cfg.get("launcher", "none") == "none":  # otherwise it uses the batches of all processes
        norms = (*norms, "SyncBN")
    advice = "set train_dataloader.batch_size to 2 or more, or norm_cfg=dict(type='GN', ...)"
    for key, head in heads(run):
        norm = type_name(head.get("norm_cfg"))
        pools = type_name(head) in _POOLS_TO_ONE and 1 in head.get("pool_scales", (1,))
        if pools and norm in norms:
            yield Finding(
                text=f"{key} ({type_name(head)}) normalizes feature maps of one pixel by {norm}, "
                "but train_dataloader.batch_size=1 gives it a single value for each channel: "
                f"{advice}"
            )
    backbone = run.model.get("backbone") or {}
    norm = type_name(backbone.get("norm_cfg") or {"type": "BN"})
    size = _training_size(run)
    if (
        type_name(backbone) in ("HRNetBackbone", "HRNet")
        and norm in norms
        and not backbone.get("norm_eval")
        and backbone.get("frozen_stages", -1) < 4
        and size is not None
        and size <= _COARSEST_STRIDE
    ):
        yield Finding(
            text=f"images of {size} pixels have one pixel in the coarsest feature map of "
            f"model.backbone, and train_dataloader.batch_size=1 gives its {norm} a single value "
            f"for each channel: {advice}, or larger images"
        )


def _training_size(run: RunConfig) -> float | None:
    """Return the longest side, in pixels, that training images may have; None if unknown."""
    _, options = run.preprocessor
    sides = [options.get("size"), options.get("size_divisor")]
    for dataset in run.datasets:
        if dataset.split == "train":
            sides += _sides(dataset)
    known = [_longest(side) for side in sides if side is not None]
    return max(known, default=None)


def _sides(dataset: DatasetConfig) -> Iterator[Any]:
    steps = dataset.pipeline
    crops = [i for i, step in enumerate(steps) if type_name(step) in _CROPS]
    if crops and dataset.scope in _STACKING:  # those of mmdet may be relative
        steps = steps[crops[-1] :]
    for _, step in walk(steps, "pipeline"):
        for name in ("scale", "crop_size", "input_size", "size", "size_divisor"):
            yield step.get(name)


def _longest(side: Any) -> float:
    if isinstance(side, (list, tuple)):
        return max((_longest(part) for part in side), default=math.inf)
    return side if isinstance(side, (int, float)) and side > 0 else math.inf


RULES = (
    sliding_windows,
    padding,
    labels_before_resize,
    one_size_per_batch,
    batch_norm_of_one_value,
)
