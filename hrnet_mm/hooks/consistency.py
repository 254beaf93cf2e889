"""Refuses a model whose parts do not fit each other or the data, before training changes it."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.nn.modules.conv import _ConvNd

from hrnet_mm.data.class_labels import labels_noted, wrong_class_labels
from hrnet_mm.data.coco_categories import compare_classes
from hrnet_mm.data.coco_files import CocoFile, coco_files_seen
from hrnet_mm.data.dataset_scan import DatasetScan
from hrnet_mm.data.findings import Finding, of_first_process, report
from hrnet_mm.data.image_sizes import note_image_sizes
from hrnet_mm.data.label_maps import LabelSurvey
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.rules import check_loaded
from hrnet_mm.data.run_config import DatasetConfig
from hrnet_mm.data.sample_checks import insert_checks, label_checks
from hrnet_mm.errors import UserError
from hrnet_mm.hooks.bad_samples import SkipBadSamplesHook
from hrnet_mm.hooks.runner_utils import restart_workers, unwrapped_model
from hrnet_mm.registry import HOOKS, register

_FIRST_SAMPLES = 32  # of each dataset, that are read at the start
_FIRST_SECONDS = 1.0  # for those of all datasets

# The heads whose classes are those of the dataset, as the toolboxes call them.
_CLASSIFIERS = re.compile(
    r"(decode_head|auxiliary_head|head|bbox_head|roi_head\.(bbox|mask)_head)(\.\d+)?"
)


@register(HOOKS)
class ConsistencyHook(Hook):
    """Compare channels, classes, keypoints, labels and sizes of a model and its datasets.

    The numbers of classes and keypoints are compared before training or testing starts, channels in
    the first forward pass. The size of each image and each label map are checked when they are
    read, and the set of all labels after the first epoch; a few samples of each dataset, which is
    all of a small one, are read at the start, by the first process. Without this hook, PyTorch's
    errors name no part of the model, a label that is out of range is a device-side assertion on a
    GPU and is ignored by evaluators, and boxes of another image size are trained on.

    Raises:
        UserError: Two numbers differ, or a label is out of range; the message names both numbers
            and where they come from.
    """

    def __init__(self) -> None:
        self._channel_checks: list[Any] = []
        self._surveys: dict[str, LabelSurvey] = {}
        # mmpose's datasets, which are built after this hook, keep no image sizes.
        self._building = ExitStack()
        self._building.enter_context(coco_files_seen(note_image_sizes))
        self._building.enter_context(labels_noted())

    def before_run(self, runner: Runner) -> None:
        """Insert checks into the pipelines of the datasets that were built."""
        self._building.close()
        splits = {split: getattr(runner, f"_{split}_loop") for split in ("train", "val", "test")}
        loops = {split: loop for split, loop in splits.items() if isinstance(loop, BaseLoop)}
        data = LoadedData(loaders={split: loop.dataloader for split, loop in loops.items()})
        counts = [count for _, count in _class_counts(unwrapped_model(runner))]
        for split in insert_checks(data, num_classes=counts[0] if counts else None):
            restart_workers(loops[split])
        for split, loop in loops.items():
            if split not in self._surveys:
                self._surveys[split] = LabelSurvey(
                    key=f"{split}_dataloader.dataset",
                    loader=loop.dataloader,
                    checks=label_checks(loop.dataloader),
                )

    def before_train(self, runner: Runner) -> None:
        """Check the model with the data to train and validate on."""
        loaders = {"train": runner.train_dataloader}
        if runner.val_loop is not None:
            loaders["val"] = runner.val_dataloader
        self._check(runner, loaders)

    def before_test(self, runner: Runner) -> None:
        """Check the model with the data to test on."""
        self._check(runner, {"test": runner.test_dataloader})

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop checking channels; check the labels that were read."""
        self._remove_channel_checks()
        if "train" in self._surveys:
            is_last = runner.iter + 1 == runner.max_iters
            self._surveys["train"].count_batch(is_last=is_last)

    def after_val_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Check the labels that were read, before any metric is computed."""
        if "val" in self._surveys:
            self._surveys["val"].count_batch()

    def after_test_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop checking channels; check the labels, before any metric is computed."""
        self._remove_channel_checks()
        if "test" in self._surveys:
            self._surveys["test"].count_batch()

    def _check(self, runner: Runner, loaders: dict[str, Any]) -> None:
        model = unwrapped_model(runner)
        for split, loader in loaders.items():
            _check_counts(model, loader.dataset, key=f"{split}_dataloader.dataset")
        data = LoadedData(loaders=loaders)
        report(check_loaded(data))
        for key, dataset in data.datasets():
            _check_labels(model, dataset, key=key)
        if any(isinstance(hook, SkipBadSamplesHook) for hook in runner.hooks):
            data = LoadedData(loaders={k: v for k, v in loaders.items() if k != "train"})
        report(of_first_process(lambda: _first_findings(data)))
        self._remove_channel_checks()
        self._channel_checks = list(_add_channel_checks(model))

    def _remove_channel_checks(self) -> None:
        for handle in self._channel_checks:
            handle.remove()
        self._channel_checks = []


def _class_counts(model: nn.Module) -> Iterator[tuple[str, int]]:
    for name, module in model.named_modules():
        classes = getattr(module, "num_classes", None)
        if isinstance(classes, int) and _CLASSIFIERS.fullmatch(name):
            yield name, classes


def _check_counts(model: nn.Module, dataset: Any, *, key: str) -> None:
    """Compare the heads with the numbers of classes or keypoints of a dataset."""
    metainfo = getattr(dataset, "metainfo", {})
    if "num_keypoints" in metainfo:
        head: Any = getattr(model, "head", None)
        given = getattr(head, "num_keypoints", getattr(head, "out_channels", None))
        keypoints = metainfo["num_keypoints"]
        # Not equality: some heads have several heatmaps for each keypoint.
        if isinstance(given, int) and given % keypoints:
            raise UserError(
                f"model.head is for {given} keypoints (out_channels), but {key} has {keypoints}: "
                "make the two agree"
            )
    elif metainfo.get("classes") is not None:
        classes = metainfo["classes"]
        for name, given in _class_counts(model):
            if given != len(classes):
                raise UserError(
                    f"model.{name}.num_classes={given}, but {key} has {len(classes)} classes, "
                    f"{classes[0]} to {classes[-1]}: make the two agree"
                )


def _check_labels(model: nn.Module, dataset: Any, *, key: str) -> None:
    counts = [count for _, count in _class_counts(model)]
    if hasattr(dataset, "cat_ids"):
        check_categories(dataset, key=key)
    elif counts and hasattr(dataset, "get_gt_labels"):
        report(wrong_class_labels(dataset, num_classes=counts[0]))


def _first_findings(data: LoadedData) -> list[Finding]:
    """Read a few samples of each dataset; return their faults."""
    findings: list[Finding] = []
    end = time.monotonic() + _FIRST_SECONDS
    for key, dataset, wrappers in data.datasets_with_wrappers():
        scan = DatasetScan(key=key, dataset=dataset, wrappers=wrappers)
        scan.read_some(number=_FIRST_SAMPLES, end=end)
        findings += [finding for finding in scan.findings() if finding.is_error]
    return findings


def check_categories(dataset: Any, *, key: str) -> None:
    """Check that the classes of an mmdet dataset are categories of its annotation file.

    The tools of this package do so before; under the toolboxes' own, mmdet would silently drop the
    boxes of all other categories.

    Raises:
        UserError: A class is no category; the message names both.
    """
    classes = dataset.metainfo["classes"]
    if len(dataset.cat_ids) == len(classes):
        return
    options = {"type": type(dataset), "metainfo": {"classes": classes}}
    config = DatasetConfig(key=key, split="", scope="mmdet", options=options)
    content = json.loads(Path(dataset.ann_file).read_bytes())
    report(compare_classes(CocoFile(path=dataset.ann_file, content=content, dataset=config)))
    raise UserError(f"{key}: {len(dataset.cat_ids)} categories for metainfo.classes={classes}")


def _add_channel_checks(model: nn.Module) -> Iterable[Any]:
    """Let every convolution and linear layer compare its input channels with its weights."""
    for name, module in model.named_modules():
        if isinstance(module, _ConvNd):
            axis, expected = -1 - len(module.kernel_size), module.in_channels
        elif isinstance(module, nn.Linear):
            axis, expected = -1, module.in_features
        else:
            continue

        def check(
            _: nn.Module,
            arguments: tuple[Any, ...],
            name: str = name,
            axis: int = axis,
            expected: int = expected,
        ) -> None:
            given = arguments[0].shape[axis]
            if given != expected:
                raise UserError(
                    f"model.{name} was built for {expected} channels but gets {given}: set "
                    "in_channels there to what the layer before gives"
                )

        yield module.register_forward_pre_hook(check)
