"""Reads from a config how its model is used, in the terms of a bundle.

What a bundle has no words for is refused, lest it predicts otherwise than the toolbox.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hrnet_mm.apis.configs import tested_dataset
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.apis.naming import naming_of
from hrnet_mm.apis.pose_scores import pose_scores_of
from hrnet_mm.apis.samples import IMAGE_LOADERS
from hrnet_mm.data.nodes import type_name
from hrnet_mm.deploy.bundle import NetworkInput
from hrnet_mm.deploy.detectors import head_of
from hrnet_mm.deploy.parts import IMAGE
from hrnet_mm.deploy.tasks import (
    ClsTask,
    Codec,
    DetTask,
    FeaturesTask,
    FlipTest,
    PoseTask,
    Resize,
    SegTask,
    Size,
    Task,
    Window,
)
from hrnet_mm.errors import UserError

# Steps of test pipelines that change no pixel, nor a box that is given for one.
_LOADERS = (*IMAGE_LOADERS, "LoadAnnotations")
_PACKERS = ("PackPoseInputs", "PackSegInputs", "PackDetInputs", "PackInputs")
_OF_ANNOTATIONS = ("LandmarkBBox",)  # do nothing where there are none
_WITHOUT_EFFECT = _LOADERS + _PACKERS + _OF_ANNOTATIONS
# How images are read for a bundle; backends differ in the decoding of JPEG.
_LOADING = dict(color_type="color", to_float32=False, imdecode_backend="cv2")

Step = Mapping[str, Any]


def task_of(loaded: LoadedModel, *, size: Size | None) -> Task:
    """Describe what a model predicts, and how images become its input.

    Args:
        loaded: The model.
        size: Width and height that are wanted instead of the config's; None for the config's.

    Raises:
        UserError: A bundle cannot describe a step of the test pipeline, or another part.
    """
    steps = _Steps(loaded)
    make = {"pose": _pose, "seg": _seg, "cls": _cls, "det": _det}[loaded.task]
    task = make(loaded, steps, size)
    steps.check_all_taken()
    return task


def input_of(loaded: LoadedModel, *, size: Size | None, half: bool) -> NetworkInput:
    """Describe the input of a model.

    Args:
        loaded: The model.
        size: Its width and height; None if they are free.
        half: Whether its numbers have half precision.

    Raises:
        UserError: Test images are padded to a size of their own.
    """
    cfg = loaded.cfg
    described = cfg.model.get("data_preprocessor") or cfg.get("data_preprocessor") or {}
    test_cfg = described.get("test_cfg") or {}
    if set(test_cfg) - {"size_divisor"} or described.get("rgb_to_bgr"):
        raise UserError(f"a bundle cannot describe the data_preprocessor of {cfg.filename}")
    takes_rgb = described.get("bgr_to_rgb") or described.get("to_rgb")
    width, height = size or (None, None)
    return NetworkInput(
        name=IMAGE,
        width=width,
        height=height,
        batch=None,
        mean=_triple(described.get("mean") or (0, 0, 0)),
        std=_triple(described.get("std") or (1, 1, 1)),
        channel_order="rgb" if takes_rgb else "bgr",
        divisor=test_cfg.get("size_divisor") or described.get("pad_size_divisor", 1),
        pad_value=float(described.get("pad_value", described.get("pad_val", 0))),
        dtype="float16" if half else "float32",
    )


def config_size(loaded: LoadedModel) -> Size | None:
    """Return the width and height to which the config brings all images; None if there are none."""
    if loaded.task == "pose":
        return _pair(_Steps(loaded).take("TopdownAffine", "use_udp", "input_size")["input_size"])
    if loaded.task == "cls" and (crop := _Steps(loaded).take("CenterCrop", "crop_size")):
        return _pair(crop["crop_size"])
    return None


class _Steps:
    """The steps of the test pipeline that change an image."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._filename = loaded.cfg.filename
        steps: list[Step] = tested_dataset(loaded.cfg).pipeline
        for step in steps:
            if type_name(step) in IMAGE_LOADERS:
                self._check_loader(step)
        self._steps = [
            step
            for step in steps
            if type_name(step) not in _WITHOUT_EFFECT and step.get("prob") != 0
        ]

    def _check_loader(self, step: Step) -> None:
        for name, usual in _LOADING.items():
            if (value := step.get(name, usual)) != usual:
                raise self._refused(f"{type_name(step)} with {name}={value!r}")

    def take_all(self, kind: str, *options: str) -> list[Step]:
        """Take the steps of a type; refuse them if they have other options."""
        taken = [step for step in self._steps if type_name(step) == kind]
        self._steps = [step for step in self._steps if type_name(step) != kind]
        for step in taken:
            if unknown := step.keys() - {"type", *options}:
                raise self._refused(f"{kind} with {', '.join(sorted(unknown))}")
        return taken

    def take(self, kind: str, *options: str) -> Step:
        """Take the step of a type; it has no options where there is none."""
        steps = self.take_all(kind, *options)
        if len(steps) > 1:
            raise self._refused(f"several steps {kind}")
        return steps[0] if steps else {}

    def check_all_taken(self) -> None:
        if self._steps:
            raise self._refused(type_name(self._steps[0]))

    def _refused(self, what: str) -> UserError:
        return UserError(f"the test pipeline of {self._filename} has {what}: no bundle has this")


def _pose(loaded: LoadedModel, steps: _Steps, _: Size | None) -> PoseTask:
    meta, test_cfg = loaded.meta, loaded.cfg.model.get("test_cfg") or {}
    crop = steps.take("TopdownAffine", "use_udp", "input_size")
    flip_test = None
    if test_cfg.get("flip_test"):
        flip_test = FlipTest(
            mode=test_cfg.get("flip_mode", "heatmap"), shift=test_cfg.get("shift_heatmap", False)
        )
    return PoseTask(
        padding=float(steps.take("GetBBoxCenterScale", "padding").get("padding", 1.25)),
        use_udp=crop.get("use_udp", False),
        codec=codec_of(loaded),
        flip_test=flip_test,
        scores=pose_scores_of(loaded),
        keypoints=loaded.classes,
        flip_indices=tuple(meta.get("flip_indices") or ()),
        keypoint_colors=_colors(meta.get("keypoint_colors")),
        links=tuple((int(a), int(b)) for a, b in meta.get("skeleton_links") or ()),
        link_colors=_colors(meta.get("skeleton_link_colors")),
    )


def codec_of(loaded: LoadedModel) -> Codec:
    """Describe how a pose estimator's keypoints are read from heatmaps.

    Raises:
        UserError: No bundle has such a codec.
    """
    described = dict(loaded.cfg.model.head.decoder)
    name = type_name(described)
    if name not in ("MSRAHeatmap", "UDPHeatmap", "FlooredHeatmap"):
        raise UserError(f"no bundle has the codec {name} of {loaded.cfg.filename}")
    known = ("unbiased", "blur_kernel_size", "heatmap_type", "radius_factor")
    return Codec(name=name, **{key: described[key] for key in known if key in described})


def _seg(loaded: LoadedModel, steps: _Steps, size: Size | None) -> SegTask:
    if loaded.network.out_channels == 1:
        raise UserError(f"no bundle has the one output channel of {loaded.cfg.filename}: use two")
    test_cfg: Mapping[str, Any] = loaded.cfg.model.get("test_cfg") or {}
    window = None
    if test_cfg.get("mode") == "slide":
        height, width = test_cfg["crop_size"]
        step_y, step_x = test_cfg["stride"]
        window = Window(size=(width, height), stride=(step_x, step_y))
        if size not in (None, window.size):
            raise UserError(f"--input-size: the model looks through windows of {width} {height}")
    resizes = _resizes(steps, None if window else size)
    naming = naming_of(loaded)
    return SegTask(
        resizes=resizes,
        window=window,
        align_corners=loaded.network.align_corners,
        reduce_zero_label=naming.reduce_zero_label,
        classes=loaded.classes,
        palette=_colors(naming.palette),
    )


def _cls(loaded: LoadedModel, steps: _Steps, size: Size | None) -> ClsTask:
    edge = steps.take("ResizeEdge", "scale", "edge", "backend")
    crop = steps.take("CenterCrop", "crop_size")
    if edge.get("edge", "short") != "short":
        raise UserError(f"no bundle has the edge {edge['edge']!r} of {loaded.cfg.filename}")
    short_edge: int | None = edge.get("scale")
    center = _pair(crop["crop_size"]) if crop else None
    if size is not None:
        # The part of the image that is seen stays; another ratio of the sides cuts a bit off.
        seen = [short_edge / side for side in center] if short_edge and center else [1, 1]
        short_edge = round(max(share * side for share, side in zip(seen, size, strict=True)))
        center = size
    return ClsTask(
        short_edge=short_edge,
        backend=edge.get("backend", "cv2"),
        crop=center,
        classes=loaded.classes,
    )


def _det(loaded: LoadedModel, steps: _Steps, size: Size | None) -> DetTask | FeaturesTask:
    resizes = _resizes(steps, size)
    head = head_of(loaded.network)
    if head is None:
        return FeaturesTask()
    test_cfg = loaded.cfg.model.test_cfg
    if (least := test_cfg.get("rpn", test_cfg).get("min_bbox_size", 0)) > 0:
        raise UserError(f"no bundle has the min_bbox_size={least} of the test_cfg: use 0")
    palette = _colors(naming_of(loaded).palette)
    return DetTask(resizes=resizes, head=head, classes=loaded.classes, palette=palette)


def _resizes(steps: _Steps, size: Size | None) -> tuple[Resize, ...]:
    found = steps.take_all("Resize", "scale", "keep_ratio")
    if size is not None:
        return (Resize(scale=size, keep_ratio=False),)
    return tuple(
        Resize(scale=_pair(step["scale"]), keep_ratio=step.get("keep_ratio", False))
        for step in found
    )


def _pair(value: int | Sequence[int]) -> Size:
    first, second = (value, value) if isinstance(value, int) else value
    return int(first), int(second)


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = map(float, values)
    return first, second, third


def _colors(values: Any) -> tuple[tuple[int, int, int], ...]:
    return tuple((int(r), int(g), int(b)) for r, g, b in ([] if values is None else values))
