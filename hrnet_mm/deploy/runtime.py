"""Predicts with a bundle: with numpy, OpenCV and ONNX Runtime or OpenVINO, without torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.detection import detections_in
from hrnet_mm.deploy.graphs import (
    RUNTIMES,
    SUFFIXES,
    Arrays,
    Graph,
    half_overflows,
    open_graph,
)
from hrnet_mm.deploy.images import as_bgr, center_crop, normalized, padded, with_short_edge
from hrnet_mm.deploy.label_maps import label_map_of
from hrnet_mm.deploy.pose import poses_in
from hrnet_mm.deploy.tasks import ClsTask, DetTask, FeaturesTask, PoseTask, SegTask, TwoStageHead
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Poses, Result


class BundlePredictor:
    """An exported network that predicts on images; `load_bundle` makes it.

    Attributes:
        bundle: What is known of it: classes, keypoints, colours and more.
    """

    def __init__(self, bundle: Bundle, graphs: Mapping[str, Graph]) -> None:
        """Take the graphs of a bundle, by the names of their files without suffix."""
        self.bundle = bundle
        self._graphs = graphs
        if bundle.input.dtype == "float16":
            self._graphs = {name: _finite(graph, name) for name, graph in graphs.items()}

    def __call__(self, image: np.ndarray, *, boxes: Any = None) -> Result:
        """Predict on an image; all results, whatever their scores.

        Args:
            image: (H, W, 3) in BGR order, (H, W) or (H, W, 4), uint8.
            boxes: Where to look for poses, (N, 4): left, top, right, bottom, or `Boxes`; None for
                the whole image. Only for poses.

        Raises:
            UserError: It is no image, the boxes are none, the network takes no such size, or it
                overflows in half precision.
        """
        image, task = as_bgr(image), self.bundle.task
        if isinstance(task, PoseTask):
            return self._poses(image, boxes, task)
        if boxes is not None:
            raise UserError(f"boxes are of no use: {self.bundle.config} takes whole images")
        described = self.bundle.input
        if isinstance(task, DetTask):
            return detections_in(image, task=task, described=described, graphs=self._graphs)
        if isinstance(task, SegTask):
            return label_map_of(image, task=task, described=described, network=self._only_output)
        assert isinstance(task, ClsTask)
        return self._class_scores(image, task)

    def _poses(self, image: np.ndarray, boxes: Any, task: PoseTask) -> Poses:
        if boxes is None:
            height, width = image.shape[:2]
            boxes = [(0, 0, width, height)]
        if not isinstance(boxes, Boxes):
            boxes = Boxes.certain(boxes)
        network = self._only_output
        return poses_in(image, boxes, task=task, described=self.bundle.input, network=network)

    def _class_scores(self, image: np.ndarray, task: ClsTask) -> ClassScores:
        if task.short_edge is not None:
            image = with_short_edge(image, task.short_edge, backend=task.backend)
        if task.crop is not None:
            image = center_crop(image, task.crop)
        batch = padded(normalized([image], self.bundle.input), self.bundle.input)
        (logits,) = self._only_output(batch)
        powers = np.exp(logits - logits.max())
        return ClassScores(scores=powers / powers.sum())

    def _only_output(self, batch: np.ndarray) -> np.ndarray:
        """Run the network on any number of inputs, and return its output as float32."""
        described = self.bundle.input
        number, size = len(batch), described.batch or len(batch)
        filled = np.zeros((-(-number // size) * size, *batch.shape[1:]), described.dtype)
        filled[:number] = batch
        outputs = [
            self._graphs["model"]({described.name: filled[start : start + size]})
            for start in range(0, len(filled), size)
        ]
        name = self.bundle.outputs[0].name
        return np.concatenate([output[name] for output in outputs])[:number].astype(np.float32)


def _finite(graph: Graph, name: str) -> Graph:
    """Let a graph in half precision raise an error where it overflows."""

    def run(inputs: Mapping[str, np.ndarray]) -> Arrays:
        outputs = graph(inputs)
        if not all(np.isfinite(output).all() for output in outputs.values()):
            raise half_overflows(name)
        return outputs

    return run


def load_bundle(
    folder: str | Path,
    *,
    runtime: str | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> BundlePredictor:
    """Load what was exported.

    ``load_bundle("bundle")(cv2.imread("photo.jpg"))`` returns a `Result`.

    Args:
        folder: The bundle.
        runtime: "onnxruntime" or "openvino"; None for the one of the bundle's format.
        device: "cpu", or what else the runtime has, such as "cuda" for ONNX Runtime.
        threads: On the CPU; None for what the runtime chooses.

    Raises:
        FileNotFoundError: There is no such folder.
        UserError: The folder is no bundle, or damaged, or the runtime or its device is missing.
    """
    folder = Path(folder)
    bundle = Bundle.read(folder)
    if isinstance(bundle.task, FeaturesTask):
        raise UserError(
            f"{folder} predicts nothing: it gives the feature maps of {bundle.config}; run its "
            f"graph with {RUNTIMES[bundle.format]}"
        )
    graphs = open_graphs(folder, bundle, runtime=runtime, device=device, threads=threads)
    return BundlePredictor(bundle, graphs)


def open_graphs(
    folder: Path,
    bundle: Bundle,
    *,
    runtime: str | None,
    device: str = "cpu",
    threads: int | None = None,
) -> dict[str, Graph]:
    """Load the graphs of a bundle, by the names of their files without suffix.

    Args:
        folder: The bundle.
        bundle: What is known of it.
        runtime: As `load_bundle` takes it, as the others.
        device: The same.
        threads: The same.

    Raises:
        UserError: A graph is missing, or the runtime or its device.
    """
    suffix = SUFFIXES[bundle.format]
    graphs = {
        name.removesuffix(suffix): open_graph(
            folder / name,
            runtime=runtime or RUNTIMES[bundle.format],
            device=device,
            threads=threads,
        )
        for name in bundle.files
        if name.endswith(suffix)
    }
    for name in _graph_names(bundle):
        if name not in graphs:
            raise UserError(f"{folder} has no graph {name}{suffix}; export the bundle again")
    return graphs


def _graph_names(bundle: Bundle) -> tuple[str, ...]:
    if isinstance(bundle.task, FeaturesTask):
        return ("features",)
    is_two_stage = isinstance(bundle.task, DetTask) and isinstance(bundle.task.head, TwoStageHead)
    return ("features", "roi_head") if is_two_stage else ("model",)
