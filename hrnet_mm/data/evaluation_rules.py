"""Rules about the metrics of a run, which would otherwise fail after the first validation epoch."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.registry import METRICS, TRANSFORMS

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.head_rules import heads, num_classes_of
from hrnet_mm.data.nodes import Nodes, each, find_class, type_name, walk
from hrnet_mm.data.run_config import RunConfig

_TOOLBOXES = ("mmpose", "mmseg", "mmdet", "mmpretrain")


def topk(run: RunConfig) -> Iterator[Finding]:
    """Top-k accuracy needs at least k classes."""
    classes = num_classes_of(run)
    if run.scope != "mmpretrain" or classes is None:
        return
    for key, node in _with_topk(run):
        given = _as_tuple(node.get("topk", 1))
        if max(given, default=1) > classes[1]:
            fitting = tuple(k for k in given if k <= classes[1]) or (1,)
            yield Finding(
                text=f"{key}.topk={node['topk']!r}, but there are {classes[1]} classes "
                f"({classes[0]}): set {key}.topk={fitting}"
            )


def _with_topk(run: RunConfig) -> Nodes:
    for split in run.splits:
        for key, metric in run.evaluators(split):
            if type_name(metric) == "Accuracy":
                yield key, metric
    if "train" in run.splits:
        for key, head in heads(run):
            if head.get("cal_acc"):  # otherwise its topk is unused
                yield key, head


def _as_tuple(value: Any) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)


def save_best(run: RunConfig) -> Iterator[Finding]:
    """The metric of ``save_best`` is one that the evaluator computes."""
    evaluator = run.cfg.get("val_evaluator")
    if not {"train", "val"} <= set(run.splits) or _is_custom_evaluator(evaluator):
        return
    metrics = run.evaluators("val")
    prefixes = [_prefix(metric, scope=run.scope) for _, metric in metrics]
    for key, hook in _checkpoint_hooks(run):
        chosen = hook.get("save_best") or []
        for name in [chosen] if isinstance(chosen, str) else chosen:
            if name == "auto" or not prefixes or _may_exist(name, prefixes):
                continue
            types = ", ".join(type_name(metric) for _, metric in metrics)
            forms = [f"{prefix}/..." if prefix else "names without /" for prefix in prefixes]
            yield Finding(
                text=f"{key}.save_best={name!r}: val_evaluator ({types}) gives no such metric, "
                f"only {' and '.join(forms)}: set save_best to one of them, or to 'auto'"
            )
        yield from _best_accuracy(key, chosen, metrics)


def _is_custom_evaluator(evaluator: Any) -> bool:
    """Whether it is an evaluator of another type, such as mmdet's for several datasets."""
    holds_metrics = isinstance(evaluator, Mapping) and evaluator.get("metrics")
    return bool(holds_metrics) and type_name(evaluator) not in ("", "Evaluator")


def _may_exist(name: str, prefixes: list[str | None]) -> bool:
    """Whether a metric may have the name; without a prefix, it has no slash."""
    if any(prefix is None for prefix in prefixes):
        return True
    if "/" not in name:
        return "" in prefixes
    return any(prefix and name.startswith(f"{prefix}/") for prefix in prefixes)


def _prefix(metric: Mapping[str, Any], *, scope: str) -> str | None:
    """Return the prefix of a metric of a toolbox, "" if it has none; None for any other metric."""
    cls = find_class(METRICS, metric, scope=scope)
    if cls is None or cls.__module__.partition(".")[0] not in _TOOLBOXES:
        return None
    return metric.get("prefix") or cls.default_prefix or ""


def _best_accuracy(
    key: str, chosen: Any, metrics: list[tuple[str, Mapping[str, Any]]]
) -> Iterator[Finding]:
    if not isinstance(chosen, str) or not chosen.startswith("accuracy/top"):
        return
    for path, metric in metrics:
        given = [f"accuracy/top{k}" for k in _as_tuple(metric.get("topk", 1))]
        if type_name(metric) == "Accuracy" and not metric.get("thrs") and chosen not in given:
            yield Finding(
                text=f"{key}.save_best={chosen!r}, but {path} gives {', '.join(given)}: set one of "
                "these"
            )


def _checkpoint_hooks(run: RunConfig) -> Nodes:
    hooks = run.cfg.get("default_hooks") or {}
    yield from each(hooks.get("checkpoint"), "default_hooks.checkpoint")
    for key, hook in each(run.cfg.get("custom_hooks"), "custom_hooks"):
        if type_name(hook) == "CheckpointHook":
            yield key, hook


def same_annotation_file(run: RunConfig) -> Iterator[Finding]:
    """The dataset and its CocoMetric read the same annotation file."""
    for split in run.splits:
        datasets = [dataset for dataset in run.datasets if dataset.split == split]
        if split == "train" or len(datasets) != 1 or datasets[0].is_remote:
            continue
        if "Panoptic" in type_name(datasets[0].options):  # its boxes are in another file
            continue
        read = datasets[0].ann_file
        for key, metric in run.evaluators(split):
            used = metric.get("ann_file") if type_name(metric) == "CocoMetric" else None
            if used and read and os.path.realpath(used) != os.path.realpath(read):
                yield Finding(
                    text=f"{key}.ann_file={used!r}, but {datasets[0].key} reads {read}: set "
                    "both to the same file",
                    is_error=False,
                )


def labels_are_loaded(run: RunConfig) -> Iterator[Finding]:
    """Pipelines of mmseg load the labels that are trained on, or that IoUMetric compares."""
    for dataset in run.datasets:
        compared = any(
            type_name(metric) == "IoUMetric" and not metric.get("format_only")
            for metric in dataset.metrics
        )
        if (
            dataset.scope == "mmseg"
            and (compared or dataset.split == "train")
            and _are_stock(dataset.pipeline)
            and not any("Annotation" in type_name(step) for _, step in walk(dataset.pipeline, ""))
        ):
            yield Finding(
                text=f"{dataset.key}.pipeline loads no labels, to "
                f"{'train on' if dataset.split == 'train' else 'compare the results with'}: add "
                "dict(type='LoadAnnotations')"
            )


def _are_stock(steps: list[Mapping[str, Any]]) -> bool:
    """Whether all transforms are those of mmcv and mmseg; custom ones may load labels too."""
    classes = [find_class(TRANSFORMS, step, scope="mmseg") for step in steps]
    return bool(classes) and all(
        getattr(cls, "__module__", "").partition(".")[0] in ("mmcv", "mmseg") for cls in classes
    )


RULES = (topk, save_best, same_annotation_file, labels_are_loaded)
