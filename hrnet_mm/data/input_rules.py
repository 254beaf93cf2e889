"""Rules about the model's input: data loaders, channels, mean and standard deviation."""

from collections.abc import Iterator, Mapping
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import each, type_name
from hrnet_mm.data.run_config import RunConfig

_LOADERS = ("LoadImageFromFile", "LoadImage")
_HRNETS = ("HRNetBackbone", "HRNet")
_PREPROCESSORS = (
    "",
    "SegDataPreProcessor",
    "DetDataPreprocessor",
    "PoseDataPreprocessor",
    "ClsDataPreprocessor",
)
_STRICT = ("mmdet", "mmpose")  # they take 1 or 3 channels, and convert grayscale images


def workers(run: RunConfig) -> Iterator[Finding]:
    """PyTorch refuses options of worker processes without workers."""
    for split in run.splits:
        loader = run.loader(split)
        if not loader or loader.get("num_workers"):
            continue
        for option, instead in (("persistent_workers", False), ("prefetch_factor", None)):
            if loader.get(option):
                yield Finding(
                    text=f"{split}_dataloader.{option}={loader[option]!r} is for worker processes, "
                    f"and num_workers=0: set {option}={instead}, or num_workers to 1 or more"
                )


def samplers(run: RunConfig) -> Iterator[Finding]:
    """Either the sampler or the loader shuffles; in training, one of them does."""
    for split in run.splits:
        loader = run.loader(split)
        key, sampler, shuffle = f"{split}_dataloader", loader.get("sampler"), loader.get("shuffle")
        if sampler and shuffle:
            yield Finding(
                text=f"{key}.shuffle={shuffle!r}, but the sampler shuffles: set {key}.sampler."
                "shuffle, and leave this out"
            )
        elif loader and split == "train" and not (sampler or shuffle or "batch_sampler" in loader):
            yield Finding(
                text=f"{key} sets no sampler and so reads the images in the same order each time: "
                "add sampler=dict(type='DefaultSampler', shuffle=True)",
                is_error=False,
            )


def mean_and_std(run: RunConfig) -> Iterator[Finding]:
    """Images are normalized with a mean and a standard deviation for each channel."""
    key, options = run.preprocessor
    mean, std = _numbers(options, "mean"), _numbers(options, "std")
    if (mean is None) != (std is None):
        given, other = ("mean", "std") if std is None else ("std", "mean")
        yield Finding(
            text=f"{key} has {given} but no {other}: give both, or neither",
            is_error=std is None or run.scope in _STRICT,  # the others ignore std then
        )
    if mean is None or std is None:
        return
    if len(mean) != len(std) and 1 not in (len(mean), len(std)):
        yield Finding(
            text=f"{key} has {len(mean)} numbers in mean={mean} but {len(std)} in "
            f"std={std}: give one for each channel in both"
        )
    if 0 in std:
        yield Finding(text=f"{key}.std={std} divides the images: give no 0")


def channels(run: RunConfig) -> Iterator[Finding]:
    """The backbone's in_channels are those of the preprocessor."""
    key, options = run.preprocessor
    backbone = run.model.get("backbone")
    expected = backbone.get("in_channels") if isinstance(backbone, Mapping) else None
    if expected is None and type_name(backbone) in _HRNETS:
        expected = 3
    if not isinstance(expected, int) or type_name(options) not in _PREPROCESSORS:
        return
    for name in ("mean", "std"):
        given = _numbers(options, name)
        if given is not None and len(given) not in (1, expected):
            yield Finding(
                text=f"{key}.{name} has {len(given)} numbers, {given}, but "
                f"model.backbone.in_channels={expected}: give {expected} of them, or set "
                f"in_channels={len(given)}"
            )
    if run.scope not in _STRICT or expected == 3:
        return
    for name in ("bgr_to_rgb", "rgb_to_bgr"):
        if options.get(name):
            yield Finding(
                text=f"{key}.{name}=True exchanges three channels, but "
                f"model.backbone.in_channels={expected}: set {name}=False"
            )


def gray_images(run: RunConfig) -> Iterator[Finding]:
    """Images read as grayscale have one channel."""
    key, options = run.preprocessor
    several = run.scope in _STRICT and (
        len(_numbers(options, "mean") or ()) == 3
        or options.get("bgr_to_rgb")
        or options.get("rgb_to_bgr")
    )
    for dataset in run.datasets:
        for path, step in each(dataset.options.get("pipeline"), f"{dataset.key}.pipeline"):
            color = str(step.get("color_type"))
            if several and type_name(step) in _LOADERS and color.startswith("grayscale"):
                yield Finding(
                    text=f"{path}.color_type={color!r} gives one channel, but "
                    f"{key} is for three: set color_type='color', or one number in mean and std, "
                    "bgr_to_rgb=False and model.backbone.in_channels=1"
                )


def _numbers(options: Mapping[str, Any], name: str) -> list[float] | None:
    value = options.get(name)
    if value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value]


RULES = (workers, samplers, mean_and_std, channels, gray_images)
