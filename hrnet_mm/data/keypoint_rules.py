"""Rules about the description of keypoints in a config's metainfo."""

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import each, type_name, walk
from hrnet_mm.data.run_config import DatasetConfig, RunConfig

_PARTS = ("dataset_name", "keypoint_info", "skeleton_info", "joint_weights", "sigmas")


def keypoints(run: RunConfig) -> Iterator[Finding]:
    """Keypoints are numbered from 0, have unique names, and left and right swap with each other."""
    for dataset in run.datasets:
        if dataset.scope == "mmpose":
            source, info = _description(dataset)
            if isinstance(info, Finding):
                yield info
            elif info is not None:
                yield from _check_description(info, source=source, dataset=dataset)


def object_keypoint_similarity(run: RunConfig) -> Iterator[Finding]:
    """OKS of COCO needs a sigma for each keypoint."""
    for dataset in run.datasets:
        if dataset.split == "train" or dataset.scope != "mmpose":
            continue
        source, info = _description(dataset)
        for key, metric in run.evaluators(dataset.split):
            if (
                isinstance(info, Mapping)
                and type_name(metric) == "CocoMetric"
                and metric.get("iou_type", "keypoints") == "keypoints"
                and info.get("keypoint_info")
                and info.get("sigmas") in ([], ())
            ):
                yield Finding(
                    text=f"{source} has no sigmas, which {key} (CocoMetric) needs: give one for "
                    f"each of the {len(info['keypoint_info'])} keypoints, or another metric"
                )


def same_keypoints_in_all_splits(run: RunConfig) -> Iterator[Finding]:
    """The model is trained and tested on the same keypoints."""
    names = {}
    for dataset in run.datasets:
        single = dataset.key == f"{dataset.split}_dataloader.dataset"  # not joined with others
        converted = any(type_name(node) == "KeypointConverter" for node in dataset.pipeline)
        if dataset.scope == "mmpose" and single and not converted:
            _, info = _description(dataset)
            if isinstance(info, Mapping) and isinstance(info.get("keypoint_info"), Mapping):
                points = list(info["keypoint_info"].values())
                names[dataset.split] = [point.get("name") for _, point in each(points, "")]
    trained = names.pop("train", None)
    for split, tested in names.items():
        if trained is not None and tested != trained:
            yield Finding(
                text=f"train_dataloader.dataset.metainfo has {len(trained)} keypoints, "
                f"{_range(trained)}, but {split}_dataloader.dataset.metainfo {len(tested)}, "
                f"{_range(tested)}: give both the same, in the same order",
                is_error=len(tested) != len(trained) or set(tested) == set(trained),
            )


def _range(names: list[Any]) -> str:
    return f"{names[0]} to {names[-1]}" if names else "none"


def _description(dataset: DatasetConfig) -> tuple[str, Any]:
    """Return where the keypoints are described, and the description as mmpose reads it.

    The description is None if there is none, or a finding if it cannot be read.
    """
    key = f"{dataset.key}.metainfo"
    metainfo = dataset.options.get("metainfo")
    if metainfo is None:
        metainfo = getattr(dataset.cls, "METAINFO", None)
    if not metainfo:
        return key, None
    if not isinstance(metainfo, Mapping):
        return key, Finding(text=f"{key}={metainfo!r}: give a dict")
    if "from_file" not in metainfo:
        return key, metainfo
    return _read(str(metainfo["from_file"]), key=f"{key}.from_file")


def _read(given: str, *, key: str) -> tuple[str, Any]:
    # mmpose also looks for a file of that name among its own.
    path = given if os.path.isfile(given) else str(_shipped() / os.path.basename(given))
    if not os.path.isfile(path):
        return key, Finding(text=f"{key}={given!r}: there is no such file, nor one in {_shipped()}")
    try:
        info = _dataset_info(path, os.path.getmtime(path))
    except (OSError, SyntaxError, ValueError, NameError) as error:
        return key, Finding(text=f"{key}: cannot read {path}: {error}")
    if not isinstance(info, Mapping):
        return key, Finding(text=f"{key}: {path} has no dict dataset_info")
    return path, info


@lru_cache(maxsize=8)
def _dataset_info(path: str, _modified: float) -> Any:
    return Config.fromfile(path).get("dataset_info")


def _shipped() -> Path:
    import mmpose

    return Path(mmpose.__file__ or "").parent / ".mim/configs/_base_/datasets"


def _check_description(
    info: Mapping[str, Any], *, source: str, dataset: DatasetConfig
) -> Iterator[Finding]:
    missing = [part for part in _PARTS if part not in info]
    if missing:
        yield Finding(text=f"{source} has no {', '.join(missing)}, which mmpose needs")
        return
    points = info["keypoint_info"]
    if not isinstance(points, Mapping) or not points:
        yield Finding(text=f"{source}: keypoint_info has to be a dict of keypoints by number")
        return
    for key, point in points.items():
        if not isinstance(point, Mapping) or not point.get("name"):
            yield Finding(text=f"{source}: keypoint {key!r} of keypoint_info has no name")
            return
    shipped = Path(source).parent == _shipped()  # by mmpose: users cannot correct it
    yield from _numbers(points, source=source, shipped=shipped)
    names = [point["name"] for point in points.values()]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        yield Finding(text=f"{source} has {repeated} more than once: name each keypoint once")
        return
    yield from _swaps(points, source=source, is_error=not shipped)
    yield from _links(info["skeleton_info"], names, source=source)
    for part in ("keypoint_info", "skeleton_info"):
        yield from _colors(info[part], part, source=source)
    uses_weights = any(node.get("use_dataset_keypoint_weights") for node in dataset.pipeline)
    yield from _lengths(
        info, len(points), source=source, uses_weights=uses_weights, shipped=shipped
    )


def _numbers(points: Mapping[Any, Any], *, source: str, shipped: bool) -> Iterator[Finding]:
    keys = list(points)
    if keys != list(range(len(keys))):
        wrong = next(i for i, key in enumerate(keys) if key != i or not isinstance(key, int))
        yield Finding(
            text=f"{source}: the keys of keypoint_info have {keys[wrong]!r} in place of {wrong}: "
            f"number the {len(keys)} keypoints from 0 to {len(keys) - 1}, in order"
        )
        return
    other = [key for key, point in points.items() if point.get("id", key) != key]
    if other and not shipped:
        yield Finding(
            text=f"{source}: keypoint {other[0]} of keypoint_info has id={points[other[0]]['id']}, "
            "which mmpose does not read: its number is its key; make the two agree",
            is_error=False,
        )


def _swaps(points: Mapping[Any, Any], *, source: str, is_error: bool) -> Iterator[Finding]:
    swaps = {point["name"]: point.get("swap") or point["name"] for point in points.values()}
    for name, other in swaps.items():
        if other not in swaps:
            yield Finding(
                text=f"{source}: {name} has swap={other!r}, which is no keypoint; choose from "
                f"{list(swaps)}, or '' for none"
            )
        elif swaps[other] != name and swaps[other] in swaps:  # otherwise reported for that keypoint
            given = "" if swaps[other] == other else swaps[other]
            yield Finding(
                text=f"{source}: {name} has swap={other!r}, but {other} has swap={given!r}: "
                "let each name the other, or both none",
                is_error=is_error,
            )


def _links(links: Any, names: list[str], *, source: str) -> Iterator[Finding]:
    for key, node in walk(links, "skeleton_info"):
        link = node.get("link")
        if link is None:
            if key != "skeleton_info":
                yield Finding(text=f"{source}: {key} has no link, the names of two keypoints")
            continue
        unknown = [name for name in link if name not in names]
        if unknown or len(link) != 2:
            what = f"{unknown[0]!r} is no keypoint" if unknown else "it has to join two keypoints"
            yield Finding(text=f"{source}: skeleton_info has link={tuple(link)}, but {what}")


def _colors(nodes: Any, part: str, *, source: str) -> Iterator[Finding]:
    for key, node in walk(nodes, part):
        color = node.get("color", (0, 0, 0))
        is_triple = isinstance(color, (list, tuple)) and len(color) == 3
        if not is_triple or not all(isinstance(value, (int, float)) for value in color):
            yield Finding(
                text=f"{source}: {key}.color={color!r}: give three numbers from 0 to 255, or none"
            )


def _lengths(
    info: Mapping[str, Any], count: int, *, source: str, uses_weights: bool, shipped: bool
) -> Iterator[Finding]:
    for part in ("sigmas", "joint_weights"):
        values, is_weights = info[part], part == "joint_weights"
        if not isinstance(values, (list, tuple)):
            yield Finding(text=f"{source}: {part}={values!r}: give a list of {count} numbers")
            continue
        # mmpose's own datasets without sigmas are not evaluated by CocoMetric.
        unused = (shipped and not uses_weights) if is_weights else not values
        if len(values) != count and not unused:
            yield Finding(
                text=f"{source}: {part} has {len(values)} numbers for {count} keypoints: give one "
                "for each",
                is_error=uses_weights or not is_weights,
            )
        texts = [value for value in values if not isinstance(value, (int, float))]
        if texts:
            yield Finding(text=f"{source}: {part} has {texts[0]!r}: give a number")
        elif not is_weights and any(value <= 0 for value in values):
            yield Finding(text=f"{source}: sigmas has numbers that are not above 0")


RULES = (keypoints, object_keypoint_similarity, same_keypoints_in_all_splits)
