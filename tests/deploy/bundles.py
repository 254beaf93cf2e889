"""Bundles for tests, whose graphs are made by hand: a convolution of stride 4."""

from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.deploy.bundle import Bundle, NetworkInput, Output, sha256_of
from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.deploy.tasks import ClsTask, Codec, FlipTest, PoseTask, SegTask
from hrnet_mm.version import __version__

TASKS: dict[str, Any] = {
    "pose": PoseTask(
        padding=1.25,
        use_udp=False,
        codec=Codec(name="MSRAHeatmap"),
        flip_test=FlipTest(mode="heatmap", shift=True),
        scores=PoseScores(nms_mode="none", sigmas=(0.1, 0.1)),
        keypoints=("left", "right"),
        flip_indices=(1, 0),
        keypoint_colors=((255, 0, 0), (0, 255, 0)),
        links=((0, 1),),
        link_colors=((0, 0, 255),),
    ),
    "seg": SegTask(
        resizes=(),
        window=None,
        align_corners=False,
        reduce_zero_label=False,
        classes=("sky", "road"),
        palette=((0, 0, 255), (128, 128, 128)),
    ),
    "cls": ClsTask(short_edge=None, backend="cv2", crop=None, classes=("cat", "dog")),
}


def example_bundle(kind: str = "cls", **changes: Any) -> Bundle:
    """Describe a network of two classes or keypoints."""
    size: dict[str, Any] = (
        dict(width=96, height=128) if kind == "pose" else dict(width=None, height=None)
    )
    fields: dict[str, Any] = dict(
        hrnet_mm=__version__,
        format="onnx",
        task=TASKS[kind],
        input=NetworkInput(
            name="image",
            **size,
            batch=None,
            mean=(123.675, 116.28, 103.53),
            std=(58.395, 57.12, 57.375),
            channel_order="rgb",
        ),
        outputs=(Output(name="out", shape=(None, 2), stride=None, meaning="of both"),),
        files={},
        config="config.py",
        weights_sha256="0" * 64,
        versions={"torch": "2"},
        tolerance=1e-4,
        error=1e-6,
        date="2026-01-01T00:00:00",
    )
    return Bundle(**(fields | changes))


def write_bundle(folder: Path, task: str, **changes: Any) -> Bundle:
    """Write a bundle that ONNX Runtime can run."""
    path = folder / "model.onnx"
    write_graph(path, task)
    bundle = example_bundle(task, **(dict(files={path.name: sha256_of(path)}) | changes))
    bundle.write(folder)
    return bundle


def write_graph(path: Path, task: str) -> None:
    """Write a convolution of chance; of a classifier the mean over the image follows."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    nodes = [helper.make_node("Conv", ["image", "weights"], ["map"], strides=[4, 4])]
    if task == "cls":
        nodes.append(helper.make_node("ReduceMean", ["map"], ["out"], axes=[2, 3], keepdims=0))
    else:
        nodes.append(helper.make_node("Identity", ["map"], ["out"]))
    shape = ["n", 2] if task == "cls" else ["n", 2, "oh", "ow"]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
