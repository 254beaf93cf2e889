"""Puts checks into the pipelines of data sets, behind the transforms that read images and labels.

They run wherever the samples are read, in workers too. They change no sample and draw nothing.
"""

from collections.abc import Iterator
from typing import Any

from mmcv.transforms import LoadAnnotations, LoadImageFromFile

from hrnet_mm.data.image_sizes import ImageSizeCheck, noted_sizes
from hrnet_mm.data.label_maps import LabelCheck
from hrnet_mm.data.loaded import LoadedData


def insert_checks(data: LoadedData, *, num_classes: int | None) -> set[str]:
    """Let the data sets check what they read; none is given a check twice.

    Args:
        data: The data loaders; workers that they have started do not know of the checks.
        num_classes: How many classes the model's head has, None if that is not known.

    Returns:
        The splits whose pipelines were changed.
    """
    changed = set()
    for split, loader in data.loaders.items():
        one = LoadedData(loaders={split: loader})
        for _, dataset in one.all_datasets():
            checks: dict[type, Any] = {}  # one for all places of a pipeline
            for steps in _step_lists(getattr(dataset, "pipeline", None)):
                for i in _places(steps):
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


def _places(steps: list[Any]) -> list[int]:
    """Return the indices of what reads images or labels and is not checked, the last first."""
    return [
        i
        for i in reversed(range(len(steps)))
        if isinstance(steps[i], LoadImageFromFile)
        or (isinstance(steps[i], LoadAnnotations) and steps[i].with_seg)
        if not any(isinstance(step, ImageSizeCheck | LabelCheck) for step in steps[i + 1 : i + 2])
    ]


def _step_lists(node: Any) -> Iterator[list[Any]]:
    """Yield the lists of transforms in a pipeline, also those of transforms that hold others."""
    if isinstance(node, list):
        yield node
    if isinstance(node, list | tuple):
        for step in node:
            yield from _step_lists(step)
    else:
        for name in ("transforms", "subroutines"):  # Compose, RandomApply…; TestTimeAug
            yield from _step_lists(getattr(node, name, ()))


def _size_check(loaded: LoadedData, dataset: Any) -> ImageSizeCheck:
    # A data set that joins others may read the images of all.
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
        classes=classes if len(classes) == num_classes else (),
        is_cast=type(reader)._load_seg_map is Stock._load_seg_map,
    )
