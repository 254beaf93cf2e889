"""Whether a bundle is one of a config's model."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import Any

from hrnet_mm.apis.bundle_tasks import codec_of, config_size, input_of
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.detectors import head_of
from hrnet_mm.deploy.tasks import DenseHead, DetTask, FeaturesTask, PoseTask, SegTask, TwoStageHead
from hrnet_mm.errors import UserError

_LONGEST = 120  # characters of a value in a message

Facts = Iterator[tuple[str, Any, Any]]
"""What is compared, in words, and its value in the bundle and in the config."""


def check_fits(bundle: Bundle, model: LoadedModel, *, folder: Path) -> None:
    """Refuse a bundle that gives a config's model other outputs than it expects.

    Args:
        bundle: The bundle.
        model: The config and its model, whose weights do not matter.
        folder: Where the bundle is, for the message.

    Raises:
        UserError: It does not fit; the message names the first difference.
    """
    for name, found, expected in _facts(bundle, model):
        if found != expected:
            raise UserError(
                f"the bundle {folder} does not fit {model.cfg.filename}: its {name} is "
                f"{_text(found)}, that of the config {_text(expected)}"
            )


def _facts(bundle: Bundle, model: LoadedModel) -> Facts:
    task = bundle.task
    is_detector = isinstance(task, DetTask | FeaturesTask)
    yield "task", "det" if is_detector else task.name, model.task
    if isinstance(task, PoseTask):
        yield from _pose_facts(bundle, task, model)
    elif not isinstance(task, FeaturesTask):
        yield "number of classes", len(task.classes), len(model.classes)
        yield "list of classes", task.classes, model.classes
    if is_detector:
        head = head_of(model.network)
        yield from _head_facts(task.head if isinstance(task, DetTask) else None, head)
    if isinstance(task, SegTask):
        yield "align_corners", task.align_corners, model.network.align_corners
    expected = input_of(model, size=None, half=False)
    for name in ("mean", "std", "channel_order"):
        yield f"input's {name}", getattr(bundle.input, name), getattr(expected, name)


def _pose_facts(bundle: Bundle, task: PoseTask, model: LoadedModel) -> Facts:
    yield "number of keypoints", len(task.keypoints), len(model.classes)
    yield "list of keypoints", task.keypoints, model.classes
    size = config_size(model)
    yield "input size", (bundle.input.width, bundle.input.height), size
    yield "codec", task.codec, codec_of(model)
    heatmaps = model.cfg.model.head.decoder.heatmap_size
    if size is not None:
        yield "stride of heatmaps", bundle.outputs[0].stride, round(size[0] / heatmaps[0])


def _head_facts(found: DenseHead | TwoStageHead | None, expected: Any) -> Facts:
    yield "kind of head", getattr(found, "name", "other"), getattr(expected, "name", "other")
    names = {
        DenseHead: ("strides",),
        TwoStageHead: ("strides", "base_anchors", "proposal_coder", "box_coder"),
    }.get(type(found), ())  # type: ignore
    for name in names:
        yield f"head's {name}", getattr(found, name), getattr(expected, name)


def _text(value: Any) -> str:
    return shorten(str(value), _LONGEST, placeholder=" ...")
