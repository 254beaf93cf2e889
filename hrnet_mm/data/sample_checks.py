"""Inserts checks into the pipelines of datasets, after the transforms that read images and labels.

They run wherever samples are read, also in workers, change no sample and use no random numbers.
"""

from collections.abc import Iterator
from typing import Any

from mmcv.transforms import LoadAnnotations, LoadImageFromFile

from hrnet_mm.data.image_sizes import ImageSizeCheck, noted_sizes
from hrnet_mm.data.label_maps import LabelCheck
from hrnet_mm.data.loaded import LoadedData


def insert_checks(data: LoadedData, *, num_classes: int | None) -> set[str]:
    """Insert the checks that are missing.

    Args:
        data: The data loaders; their running workers do not get the checks.
        num_classes: Number of classes of the model's head, None if unknown.

    Returns:
        The splits whose pipelines were changed.
    """
    changed = set()
    for split, loader in data.loaders.items():
        one = LoadedData(loaders={split: loader})
        for _, dataset in one.all_datasets():
            checks: dict[type, Any] = {}  # one for all occurrences in a pipeline
            for steps in _step_lists(getattr(dataset, "pipeline", None)):
                for i in _unchecked(steps):
                    kind = type(steps[i])
                    if kind not in checks:
                        checks[kind] = (
                            _size_check(one, dataset)
                            if isinstance(steps[i], LoadImageFromFile)
                            else _label_check(split, dataset, steps[i], num_classes)
                        )
                    steps.insert(i + 1, checks[kind])
                    changed.add(split)
    return changed


def label_checks(loader: Any) -> list[LabelCheck]:
    """Return the checks in a loader's pipelines that compare labels with classes."""
    checks = [
        step
        for _, dataset in LoadedData(loaders={"": loader}).all_datasets()
        for steps in _step_lists(getattr(dataset, "pipeline", None))
        for step in steps
        if isinstance(step, LabelCheck) and step.num_classes is not None
    ]
    return list(dict.fromkeys(checks))


def _unchecked(steps: list[Any]) -> list[int]:
    """Return the indices of unchecked transforms that read images or labels, the last first."""
    return [
        i
        for i in reversed(range(len(steps)))
        if isinstance(steps[i], LoadImageFromFile)
        or (isinstance(steps[i], LoadAnnotations) and steps[i].with_seg)
        if not any(isinstance(step, ImageSizeCheck | LabelCheck) for step in steps[i + 1 : i + 2])
    ]


def _step_lists(node: Any) -> Iterator[list[Any]]:
    """Yield the lists of transforms in a pipeline, also within transforms such as RandomApply."""
    if isinstance(node, list):
        yield node
    if isinstance(node, list | tuple):
        for step in node:
            yield from _step_lists(step)
    else:
        for name in ("transforms", "subroutines"):  # Compose, RandomApply…; TestTimeAug
            yield from _step_lists(getattr(node, name, ()))


def _size_check(loaded: LoadedData, dataset: Any) -> ImageSizeCheck:
    # A dataset that wraps others may read the images of all.
    sizes = {
        path: size for _, part in loaded.datasets() for path, size in noted_sizes(part).items()
    }
    return ImageSizeCheck(ann_file=str(getattr(dataset, "ann_file", "")), sizes=sizes)


def _label_check(split: str, dataset: Any, reader: Any, num_classes: int | None) -> LabelCheck:
    if not hasattr(dataset, "ignore_index"):  # not mmseg's: the classes are those of boxes
        return LabelCheck(split=split)
    from mmseg.datasets.transforms import LoadAnnotations as Stock

    classes = tuple(dataset.metainfo.get("classes") or ())
    return LabelCheck(
        split=split,
        num_classes=num_classes or len(classes) or None,
        ignore_index=dataset.ignore_index,
        classes=classes if num_classes in (None, len(classes)) else (),
        is_cast=type(reader)._load_seg_map is Stock._load_seg_map,
    )
