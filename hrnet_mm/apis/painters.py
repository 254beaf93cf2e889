"""The toolboxes' visualizers, each with what it is given and the sizes it draws with.

The toolboxes' own sizes are in pixels, so that names are a fleck on a large image and cover a small
one. Here they grow with the image, unless the config gives them.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmengine.visualization.vis_backend import BaseVisBackend

from hrnet_mm.data.nodes import type_name
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

BOX_ALPHA = 0.8
MASK_ALPHA = 0.5  # the toolboxes' 0.8 hides what is below
TOP_CLASSES = 3  # that are written onto an image
NAME_LENGTH = 24  # of a class that is written onto an image; ImageNet's have up to 130 characters

MIN_NAMED_SHARE = 0.001  # of the pixels; lest names of specks cover what is beside them
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601

POINTS_PER_PIXEL = 0.72  # of matplotlib's figures of 100 dpi
MONOSPACE_WIDTH = 0.61  # of a character, by the size of the font
MIN_FONT_SIZE = 6.0  # points, below which little is legible
MIN_FITTED_SIZE = 4.0  # points, for text that has to fit into the image


class Painter(Protocol):
    """Draws results of one type.

    Args:
        meta: The ``dataset_meta`` of the model.
        config: The ``visualizer`` of the config.
        is_truth: Whether results are annotations, drawn without scores.
    """

    def __init__(self, *, meta: dict[str, Any], config: dict[str, Any], is_truth: bool) -> None: ...

    def paint(self, image: np.ndarray, result: Any) -> np.ndarray:
        """Draw a result onto an image, (H, W, 3) in RGB order, uint8; return another."""
        ...


class PosePainter:
    """Draws people with mmpose, by OpenCV, which is 50 times faster than its matplotlib."""

    def __init__(self, *, meta: dict[str, Any], config: dict[str, Any], **_: Any) -> None:
        from mmpose.visualization import PoseLocalVisualizer

        self._options = _options_for(PoseLocalVisualizer, config)
        self._options.pop("backend", None)  # matplotlib moves the image if a box goes beyond it
        self._drawn = _LastImage()
        self._visualizer: Any = PoseLocalVisualizer(
            vis_backends=self._drawn.backends, **{"link_color": "green", **self._options}
        )
        self._visualizer.set_dataset_meta(meta)

    def paint(self, image: np.ndarray, result: Poses) -> np.ndarray:
        from mmpose.structures import PoseDataSample

        height, width = image.shape[:2]
        if "line_width" not in self._options:
            self._visualizer.line_width = max(1, round(_line_width(image)))
        if "radius" not in self._options:
            self._visualizer.radius = max(2, round(2 * _line_width(image)))
        instances = InstanceData(
            keypoints=result.keypoints,
            keypoints_visible=result.keypoint_scores,
            bboxes=result.boxes,
        )
        is_image = np.isclose(result.boxes, (0, 0, width, height), rtol=0, atol=1).all()
        sample = PoseDataSample(pred_instances=instances)
        self._visualizer.add_datasample("", image, sample, draw_gt=False, draw_bbox=not is_image)
        return self._drawn.image


class DetectionPainter:
    """Draws boxes, names, scores and masks with mmdet."""

    def __init__(self, *, meta: dict[str, Any], config: dict[str, Any], is_truth: bool) -> None:
        from mmdet.visualization import DetLocalVisualizer

        class Visualizer(DetLocalVisualizer):
            # mmdet's size depends on the pixels of the box.
            def draw_texts(self, *args: Any, font_sizes: int, **kwargs: Any) -> Any:
                size = _font_size(self._image)
                return super().draw_texts(*args, font_sizes=size, **kwargs)

        self._is_truth = is_truth
        self._options = _options_for(DetLocalVisualizer, config)
        self._drawn = _LastImage()
        self._visualizer: Any = Visualizer(vis_backends=self._drawn.backends, **self._options)
        self._visualizer.dataset_meta = {
            "classes": meta.get("classes"),
            "palette": _palette_of(meta),
        }

    def paint(self, image: np.ndarray, result: Detections) -> np.ndarray:
        from mmdet.structures import DetDataSample

        height, width = image.shape[:2]
        if "line_width" not in self._options:
            self._visualizer.line_width = _line_width(image)
        if "alpha" not in self._options:
            self._visualizer.alpha = BOX_ALPHA if result.masks is None else MASK_ALPHA
        instances = InstanceData(
            bboxes=torch.as_tensor(result.boxes.clip(0, (width, height, width, height))),
            labels=torch.as_tensor(result.labels),
        )
        if result.masks is not None:
            instances.masks = torch.as_tensor(result.masks)
        if self._is_truth:
            sample = DetDataSample(gt_instances=instances)
        else:
            instances.scores = torch.as_tensor(result.scores)
            sample = DetDataSample(pred_instances=instances)
        self._visualizer.add_datasample(
            "",
            image,
            sample,
            draw_gt=self._is_truth,
            draw_pred=not self._is_truth,
            pred_score_thr=-1,
        )
        return self._drawn.image


class LabelMapPainter:
    """Covers the pixels with the colours of their classes, and names these, with mmseg."""

    def __init__(self, *, meta: dict[str, Any], config: dict[str, Any], **_: Any) -> None:
        from mmseg.utils import get_palette
        from mmseg.visualization import SegLocalVisualizer

        options = _options_for(SegLocalVisualizer, config)
        for name in "classes", "palette", "dataset_name":  # the meta has them
            options.pop(name, None)
        self._drawn = _LastImage()
        self._visualizer: Any = SegLocalVisualizer(
            vis_backends=self._drawn.backends, **{"alpha": MASK_ALPHA, **options}
        )
        names = meta.get("classes") or [f"class {label}" for label in range(255)]
        colours = _palette_of(meta) or [tuple(colour) for colour in get_palette("ade20k")]
        palette = [colours[label % len(colours)] for label in range(len(names))]
        self._visualizer.dataset_meta = {"classes": names, "palette": palette}

    def paint(self, image: np.ndarray, result: LabelMap) -> np.ndarray:
        from mmseg.structures import SegDataSample

        labels = torch.as_tensor(result.labels.astype(np.int64))[None]
        sample = SegDataSample(pred_sem_seg=PixelData(data=labels))
        self._visualizer.add_datasample("", image, sample, draw_gt=False, with_labels=False)
        drawn = self._drawn.image
        is_void = result.labels == result.void
        drawn[is_void] = image[is_void]  # which mmseg darkens
        return self._with_names(drawn, result.labels)

    def _with_names(self, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        # mmseg writes names in lines of one width, pale on a large image, and sorts a list of all
        # pixels of a class to place them, which takes longer than all else.
        meta = self._visualizer.dataset_meta
        self._visualizer.set_image(image)
        for label, pixels in zip(*np.unique(labels, return_counts=True), strict=True):
            if label >= len(meta["classes"]) or pixels < MIN_NAMED_SHARE * labels.size:
                continue
            # Where the class is widest; the edge of the image ends it too.
            is_class = np.pad(labels == label, 1).astype(np.uint8)
            depths = cv2.distanceTransform(is_class, cv2.DIST_L2, 3)
            y, x = np.subtract(np.unravel_index(depths.argmax(), depths.shape), 1)
            colour = meta["palette"][label]
            self._visualizer.draw_texts(
                meta["classes"][label],
                np.array([x, y]),
                font_sizes=_font_size(image),
                colors="black" if np.dot(colour, LUMINANCE) > 128 else "white",
                vertical_alignments="center",
                horizontal_alignments=("left", "center", "right")[3 * x // labels.shape[1]],
                bboxes=[
                    {"facecolor": np.divide(colour, 255), "pad": 0.7, "edgecolor": "none"},
                ],
            )
        return self._visualizer.get_image()


class ClassScorePainter:
    """Writes the best classes and their scores with mmpretrain."""

    def __init__(self, *, meta: dict[str, Any], config: dict[str, Any], is_truth: bool) -> None:
        from mmpretrain.visualization import UniversalVisualizer

        self._is_truth = is_truth
        options = _options_for(UniversalVisualizer, config)
        self._visualizer = UniversalVisualizer(**options)
        self._names = [_shortened(name) for name in meta.get("classes") or ()]

    def paint(self, image: np.ndarray, result: ClassScores) -> np.ndarray:
        from mmpretrain.structures import DataSample

        scores = torch.as_tensor(result.scores)
        if self._is_truth:
            top = scores.nonzero()[:, 0]
            sample = DataSample().set_gt_label(top)
        else:
            top = scores.topk(min(TOP_CLASSES, len(scores))).indices
            sample = DataSample().set_pred_score(scores).set_pred_label(top)
        longest = max((len(self._names[label]) for label in top if self._names), default=0)
        height, width = image.shape[:2]
        fitting = width / (len("Prediction: 999, 0.99 ()  ") + longest) / MONOSPACE_WIDTH
        size = POINTS_PER_PIXEL * min(fitting, min(height, width) / 24)
        return self._visualizer.visualize_cls(
            image,
            sample,
            classes=self._names or None,
            text_cfg={"size": max(size, MIN_FITTED_SIZE)},
        )


PAINTERS: Mapping[type[Result], type[Painter]] = {
    Poses: PosePainter,
    Detections: DetectionPainter,
    LabelMap: LabelMapPainter,
    ClassScores: ClassScorePainter,
}


class _LastImage(BaseVisBackend):
    """Keeps what a visualizer has drawn, which only some return."""

    image: np.ndarray

    def __init__(self) -> None:  # needs no folder, unlike others
        pass

    def _init_env(self) -> None:
        pass

    @property
    def backends(self) -> Any:  # a list of one, which the toolboxes declare as a dictionary
        return [self]

    @property
    def experiment(self) -> "_LastImage":
        return self

    def add_image(self, name: str, image: np.ndarray, step: int = 0, **kwargs: Any) -> None:
        self.image = image


def _options_for(visualizer: type, config: dict[str, Any]) -> dict[str, Any]:
    """Take the options of a config's visualizer if it is of that class."""
    if type_name(config) != visualizer.__name__:
        return {}
    elsewhere = ("type", "name", "vis_backends", "save_dir", "_scope_")
    return {name: value for name, value in config.items() if name not in elsewhere}


def _palette_of(meta: dict[str, Any]) -> list[tuple[int, ...]] | None:
    """Return the colours of the classes; None if there are none, or too few."""
    palette = meta.get("palette")
    if palette is None or isinstance(palette, str) or len(palette) < len(meta.get("classes") or ()):
        return None
    return [tuple(int(value) for value in colour) for colour in palette]


def _shortened(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def _line_width(image: np.ndarray) -> float:
    """Return the width of a line: 2 on an image of 640×480."""
    height, width = image.shape[:2]
    return float(np.sqrt(height * width)) / 280


def _font_size(image: np.ndarray) -> float:
    """Return a size in points: 8 on an image of 640×480."""
    return max(POINTS_PER_PIXEL * 5.6 * _line_width(image), MIN_FONT_SIZE)
