"""Refuses a model whose parts do not fit each other or the data, before a weight is changed."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn
from torch.nn.modules.conv import _ConvNd

from hrnet_mm.engine.labels import check_categories, check_class_labels, check_label_maps
from hrnet_mm.errors import UserError
from hrnet_mm.registry import HOOKS, register

# The heads whose classes are those of the data set, as the toolboxes call them.
_CLASSIFIERS = re.compile(
    r"(decode_head|auxiliary_head|head|bbox_head|roi_head\.(bbox|mask)_head)(\.\d+)?"
)


@register(HOOKS)
class ConsistencyHook(Hook):
    """Compare channels, classes, keypoints and labels of a model and its data sets.

    Class and keypoint counts and all labels are read before training or testing starts, channels in
    the first pass of an image. Without this, PyTorch's errors name no part of the model, a label
    that is out of range stops a GPU without telling why, and an evaluator counts it as nothing.

    Raises:
        UserError: Two numbers differ, or a label is out of range; the message names both numbers
            and where they come from.
    """

    def __init__(self) -> None:
        self._watches: list[Any] = []

    def before_train(self, runner: Runner) -> None:
        """Check the model with the data to train and validate on."""
        loaders = {"train_dataloader": runner.train_dataloader}
        if runner.val_loop is not None:
            loaders["val_dataloader"] = runner.val_dataloader
        self._check(runner, loaders)

    def before_test(self, runner: Runner) -> None:
        """Check the model with the data to test on."""
        self._check(runner, {"test_dataloader": runner.test_dataloader})

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop watching the channels."""
        self._stop_watching()

    def after_test_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop watching the channels."""
        self._stop_watching()

    def _check(self, runner: Runner, loaders: dict[str, Any]) -> None:
        wrapped: Any = runner.model
        model = wrapped.module if is_model_wrapper(wrapped) else wrapped
        for key, loader in loaders.items():
            _check_counts(model, loader.dataset, key=f"{key}.dataset")
        for loader in loaders.values():
            for dataset in _single_datasets(loader.dataset):
                _check_labels(model, dataset, share=(runner.rank, runner.world_size))
        self._stop_watching()
        self._watches = list(_watch_channels(model))

    def _stop_watching(self) -> None:
        for watch in self._watches:
            watch.remove()
        self._watches = []


def _single_datasets(dataset: Any) -> Iterator[Any]:
    """Yield the data sets below those that concatenate or repeat others."""
    if hasattr(dataset, "datasets"):
        for child in dataset.datasets:
            yield from _single_datasets(child)
    elif hasattr(dataset, "dataset"):
        yield from _single_datasets(dataset.dataset)
    else:
        yield dataset


def _class_counts(model: nn.Module) -> Iterator[tuple[str, int]]:
    for name, module in model.named_modules():
        classes = getattr(module, "num_classes", None)
        if isinstance(classes, int) and _CLASSIFIERS.fullmatch(name):
            yield name, classes


def _check_counts(model: nn.Module, dataset: Any, *, key: str) -> None:
    """Compare the heads with the classes, or the keypoints, that a data set has."""
    metainfo = getattr(dataset, "metainfo", {})
    if "num_keypoints" in metainfo:
        head: Any = getattr(model, "head", None)
        given = getattr(head, "num_keypoints", getattr(head, "out_channels", None))
        keypoints = metainfo["num_keypoints"]
        if isinstance(given, int) and given % keypoints:  # some heads have several maps for each
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


def _check_labels(model: nn.Module, dataset: Any, *, share: tuple[int, int]) -> None:
    counts = [count for _, count in _class_counts(model)]
    if hasattr(dataset, "cat_ids"):
        check_categories(dataset)
    elif counts and hasattr(dataset, "seg_map_suffix"):
        check_label_maps(dataset, num_classes=counts[0], share=share)
    elif counts and hasattr(dataset, "get_gt_labels"):
        check_class_labels(dataset, num_classes=counts[0])


def _watch_channels(model: nn.Module) -> Iterable[Any]:
    """Let every convolution and linear layer compare its input with its weights."""
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
