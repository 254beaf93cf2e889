"""Rules about the names of the classes that a config gives its datasets."""

import os
from collections.abc import Iterator
from typing import Any

from hrnet_mm.data.findings import Finding, listed
from hrnet_mm.data.list_file_rules import read_lines
from hrnet_mm.data.run_config import DatasetConfig, RunConfig

_SCOPES = ("mmseg", "mmdet", "mmpretrain")  # mmpose reads no classes from a config


def classes_are_names(run: RunConfig) -> Iterator[Finding]:
    """Classes are a tuple of names, or a file with one on each line."""
    for dataset in _with_classes(run):
        key, given = _configured_classes(dataset)
        if isinstance(given, str):
            if not os.path.isfile(os.path.expanduser(given)):
                yield _one_string(key, given)
        elif isinstance(given, (list, tuple)):
            if not all(isinstance(name, str) for name in given):
                yield Finding(
                    text=f"{key}={given!r}: give the names of the classes as strings",
                    is_error=dataset.scope == "mmdet",  # which looks them up in the json
                )
        elif given is not None:
            yield Finding(
                text=f"{key}={given!r}: give a tuple of names, as ('cat', 'dog'), in the order of "
                "their labels"
            )


def _one_string(key: str, given: str) -> Finding:
    if os.sep in given or "." in given:
        return Finding(text=f"{key}: there is no file {given}; give a tuple of names, or its path")
    letters = ", ".join(repr(letter) for letter in given[:2])
    return Finding(
        text=f"{key}={given!r} is one string, whose letters {letters}, ... would be the classes: "
        f"write ({given!r},) with a comma, or more names"
    )


def class_names_are_unique(run: RunConfig) -> Iterator[Finding]:
    """No class name is repeated or blank."""
    for dataset in _with_classes(run):
        key, given = _configured_classes(dataset)
        names = class_names(dataset) if given is not None else None
        if names is None:
            continue
        repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if any(not name.strip() for name in names):
            yield Finding(
                text=f"{key}: a name is blank, in {listed(names)}; take it out, if it is no class",
                is_error=False,
            )
        elif repeated:
            # mmdet maps categories to labels by name; elsewhere the second one just never occurs.
            yield Finding(
                text=f"{key} has {repeated} more than once: each class needs a name of its own",
                is_error=dataset.scope == "mmdet",
            )


def uppercase_metainfo(run: RunConfig) -> Iterator[Finding]:
    """Metainfo in capitals, as OpenMMLab 1.x wrote it, is not read."""
    for dataset in _with_classes(run):
        metainfo = dataset.metainfo
        for name in ("CLASSES", "PALETTE"):
            if name in metainfo and name.lower() not in metainfo:
                yield Finding(
                    text=f"{dataset.key}.metainfo.{name} is not read by {dataset.scope}: call it "
                    f"{name.lower()}",
                    is_error=name == "CLASSES"
                    and tuple(metainfo[name]) != _builtin_classes(dataset),
                )


def palettes(run: RunConfig) -> Iterator[Finding]:
    """There is a colour for each class."""
    for dataset in _with_classes(run):
        palette, names = dataset.metainfo.get("palette"), class_names(dataset)
        if names is None or not isinstance(palette, (list, tuple)) or not palette:
            continue
        is_part = set(names) < set(_builtin_classes(dataset) or ())  # mmseg picks the colours then
        if len(palette) < len(names) or (
            dataset.scope == "mmseg" and len(palette) > len(names) and not is_part
        ):
            yield Finding(
                text=f"{dataset.key}.metainfo.palette has {len(palette)} colours for "
                f"{len(names)} classes, {listed(names)}: give one for each",
                is_error=dataset.scope == "mmseg",
            )


def classes_of_public_datasets(run: RunConfig) -> Iterator[Finding]:
    """A public dataset of mmseg can be restricted to some of its classes, but takes no others."""
    for dataset in _with_classes(run):
        own, names = _builtin_classes(dataset), class_names(dataset)
        if dataset.scope != "mmseg" or own is None or names is None:
            continue
        unknown = [name for name in names if name not in own]
        if unknown:
            yield Finding(
                text=f"{dataset.key}.metainfo.classes: {dataset.options['type']} has no class "
                f"{listed(unknown)}; for classes of your own set type='BaseSegDataset', with its "
                "img_suffix and seg_map_suffix"
            )


def same_classes_in_all_splits(run: RunConfig) -> Iterator[Finding]:
    """A label means the same in training and in testing."""
    named = [(dataset, class_names(dataset)) for dataset in _with_classes(run)]
    trained = next(((d, names) for d, names in named if d.split == "train" and names), None)
    if trained is None:
        return
    for dataset, names in named:
        # A different number is compared with the model's by ConsistencyHook; models that take
        # classes as text accept any number.
        if dataset.split == "train" or names is None or len(names) != len(trained[1]):
            continue
        pairs = enumerate(zip(trained[1], names, strict=True))
        i = next((i for i, (known, tested) in pairs if known != tested), None)
        if i is not None:
            yield Finding(
                text=f"class {i} is {trained[1][i]!r} in {trained[0].key} but {names[i]!r} in "
                f"{dataset.key}: give both the same metainfo.classes, in the same order"
            )


def same_reduce_zero_label(run: RunConfig) -> Iterator[Finding]:
    """Label 0 is left out in training and in testing, or in neither."""
    given: dict[Any, tuple[str, bool]] = {}
    for dataset in run.datasets:
        if dataset.scope != "mmseg":
            continue
        reduced = dataset.option("reduce_zero_label")
        key, first = given.setdefault(dataset.cls, (dataset.key, reduced))
        if reduced is not None and first is not None and bool(reduced) != bool(first):
            yield Finding(
                text=f"{dataset.key}.reduce_zero_label={reduced}, but {key} has {first}, which "
                "shifts the labels of one of them: set both the same"
            )


def class_names(dataset: DatasetConfig) -> tuple[str, ...] | None:
    """Return the names that a dataset will have; None if unknown from its config."""
    _, given = _configured_classes(dataset)
    if given is None:
        return _builtin_classes(dataset)
    if isinstance(given, str):
        path = os.path.expanduser(given)
        lines = read_lines(path) if os.path.isfile(path) else None
        return None if lines is None else tuple(lines)
    if isinstance(given, (list, tuple)) and all(isinstance(name, str) for name in given):
        return tuple(given)
    return None


def _with_classes(run: RunConfig) -> Iterator[DatasetConfig]:
    return (dataset for dataset in run.datasets if dataset.scope in _SCOPES)


def _configured_classes(dataset: DatasetConfig) -> tuple[str, Any]:
    """Return the classes of the config with their key; mmpretrain has two keys for them."""
    given = dataset.metainfo.get("classes")
    if given is None and dataset.scope == "mmpretrain":
        return f"{dataset.key}.classes", dataset.options.get("classes")
    return f"{dataset.key}.metainfo.classes", given


def _builtin_classes(dataset: DatasetConfig) -> tuple[str, ...] | None:
    """Return the classes of a public dataset, those of its dataset class."""
    names = (getattr(dataset.cls, "METAINFO", None) or {}).get("classes")
    return None if names is None else tuple(names)


RULES = (
    classes_are_names,
    class_names_are_unique,
    uppercase_metainfo,
    palettes,
    classes_of_public_datasets,
    same_classes_in_all_splits,
    same_reduce_zero_label,
)
