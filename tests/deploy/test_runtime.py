"""Predictions with a bundle are those of the toolbox, without torch and in little time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from hrnet_mm.apis.boxes import BoxFile
from hrnet_mm.apis.frames import Frame
from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.deploy.runtime import BundlePredictor, load_bundle
from hrnet_mm.deploy.tasks import ClsTask, Codec, FeaturesTask, FlipTest, Resize
from hrnet_mm.errors import UserError
from hrnet_mm.results import Poses
from tests.apis.models import write_toy_model
from tests.deploy.bundles import TASKS, example_bundle, write_bundle
from tests.isolated import output_of

DARK = Codec(name="MSRAHeatmap", unbiased=True, blur_kernel_size=3)
Predictors = Callable[[str], Predictor]


class TorchGraph:
    """The network of a predictor in place of its export."""

    def __init__(self, predictor: Predictor) -> None:
        self._network: Any = predictor.loaded.network

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        with torch.inference_mode():
            output = self._network(torch.from_numpy(inputs["image"]), None, mode="tensor")
        return {"out": output.numpy()}


def _toy_bundle(task: str, predictor: Predictor) -> Bundle:
    """Describe the small model of a task as its config does (configs/toy)."""
    meta = predictor.loaded.meta
    if task == "seg":
        changes: dict[str, Any] = dict(
            resizes=(Resize(scale=(240, 180), keep_ratio=True),),
            classes=meta["classes"],
        )
    elif task == "cls":
        changes = dict(classes=meta["classes"])
    else:
        changes = dict(
            scores=PoseScores(sigmas=tuple(meta["sigmas"])),
            keypoints=predictor.loaded.classes,
            flip_indices=tuple(meta["flip_indices"]),
        )
    return example_bundle(task, task=replace(TASKS[task], **changes))


def _read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def _assert_equal(first: Any, second: Any) -> None:
    assert type(first) is type(second)
    for (name, a), b in zip(vars(first).items(), vars(second).values(), strict=True):
        assert (a is None) == (b is None), name
        if a is not None:
            assert a.dtype.kind == b.dtype.kind
            tolerance = 0.05 if name == "keypoints" else 1e-5
            np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("task", ["seg", "cls"])
def test_results_are_those_of_the_toolbox(
    task: str, toy_predictor: Predictors, images: list[Path], camvid: Path
) -> None:
    host = toy_predictor(task)
    predict = BundlePredictor(_toy_bundle(task, host), {"model": TorchGraph(host)})
    for path in [*images, *sorted((camvid / "images/val").iterdir())[:2]]:
        (expected,) = host(path)
        _assert_equal(predict(_read(path)), expected.result)


def _udp(heatmap_type: str) -> dict[str, Any]:
    """Options that make a pose model one of UDP."""
    sizes = dict(input_size=(96, 128), heatmap_size=(24, 32), sigma=1.5)
    codec = dict(_delete_=True, type="UDPHeatmap", heatmap_type=heatmap_type, **sizes)
    is_combined = heatmap_type == "combined"
    return {
        "model.head.decoder": codec,
        "model.head.out_channels": 51 if is_combined else 17,
        "model.test_cfg.flip_mode": "udp_combined" if is_combined else "heatmap",
        "model.test_cfg.shift_heatmap": False,
        "test_dataloader.dataset.pipeline.2.use_udp": True,
    }


@pytest.mark.parametrize(
    ("options", "codec", "flip_test"),
    [
        ({}, DARK, FlipTest(mode="heatmap", shift=True)),
        ({"model.test_cfg.flip_test": False}, DARK, None),
        (_udp("gaussian"), Codec(name="UDPHeatmap"), FlipTest(mode="heatmap", shift=False)),
        (
            _udp("combined"),
            Codec(name="UDPHeatmap", heatmap_type="combined"),
            FlipTest(mode="udp_combined", shift=False),
        ),
    ],
    ids=["dark", "without_flip", "udp", "udp_offset"],
)
def test_poses_are_those_of_the_toolbox(
    options: dict[str, Any],
    codec: Codec,
    flip_test: FlipTest | None,
    toy_pose: Callable[..., Predictor],
    coco_tiny: Path,
) -> None:
    host = toy_pose(**options)
    bundle = _toy_bundle("pose", host)
    task = replace(
        bundle.task, codec=codec, flip_test=flip_test, use_udp=codec.name == "UDPHeatmap"
    )  # type: ignore
    predict = BundlePredictor(replace(bundle, task=task), {"model": TorchGraph(host)})
    box_file = BoxFile(coco_tiny / "test_coco.json", host.loaded.cfg)
    found = 0
    for path in sorted(coco_tiny.glob("*.jpg")):
        image = _read(path)
        (boxes,) = box_file.find([Frame(source=str(path), name=path.stem, image=image)])
        assert isinstance(boxes, Boxes)
        (expected,) = host(image, boxes=[boxes.boxes])
        result = predict(image, boxes=boxes.boxes)
        _assert_equal(result, expected.result)
        found += len(expected.result.boxes)  # type: ignore
        (whole,) = host(image)
        _assert_equal(predict(image), whole.result)
    assert found > 8


@pytest.fixture
def toy_pose(toy_scenes: Path, tmp_path: Path) -> Callable[..., Predictor]:
    """Gives a small pose model with some options of its config changed."""

    def make(**options: Any) -> Predictor:
        model = write_toy_model("pose", toy_scenes, tmp_path, **options)
        return Predictor(model.config, model.checkpoint, score_threshold=0.0)

    return make


def test_boxes_keep_their_scores_and_categories(tmp_path: Path) -> None:
    write_bundle(tmp_path, "pose")
    boxes = Boxes(
        boxes=np.array([[0.0, 0, 50, 60], [10, 10, 60, 90]]),
        scores=np.array([0.9, 0.3]),
        category_ids=np.array([7, 8]),
    )
    image = np.random.default_rng(0).integers(0, 255, (100, 90, 3), dtype=np.uint8)
    predict = load_bundle(tmp_path)
    (given, certain) = predict(image, boxes=boxes), predict(image, boxes=boxes.boxes)
    assert isinstance(given, Poses)
    assert isinstance(certain, Poses)
    np.testing.assert_allclose(given.scores, certain.scores * [0.9, 0.3])
    np.testing.assert_array_equal(given.category_ids, [7, 8])  # type: ignore
    none = predict(image, boxes=[])
    assert isinstance(none, Poses)
    assert none.keypoints.shape == (0, 2, 2)


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_a_fixed_batch_gives_the_same(batch: int) -> None:
    sizes = []

    def graph(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        sizes.append(len(inputs["image"]))
        return {"out": inputs["image"][:, :2, ::4, ::4]}

    image = np.random.default_rng(0).integers(0, 255, (100, 90, 3), dtype=np.uint8)
    boxes = [(i, 0, 40 + i, 60) for i in range(35)]
    bundle = example_bundle("pose")
    expected = BundlePredictor(bundle, {"model": graph})(image, boxes=boxes)
    assert sizes == [32, 32, 3, 3]  # with the mirrored images
    sizes.clear()
    fixed = replace(bundle, input=replace(bundle.input, batch=batch))
    _assert_equal(BundlePredictor(fixed, {"model": graph})(image, boxes=boxes), expected)
    assert set(sizes) == {batch}


def test_half_precision_is_what_the_graph_gets() -> None:
    def graph(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        assert inputs["image"].dtype == np.float16
        return {"out": inputs["image"].mean(axis=(2, 3))[:, :2]}

    bundle = example_bundle()
    half = replace(bundle, input=replace(bundle.input, dtype="float16"))
    result: Any = BundlePredictor(half, {"model": graph})(np.full((20, 30, 3), 99, np.uint8))
    assert result.scores.dtype == np.float32
    assert result.scores.sum() == pytest.approx(1)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_an_overflow_of_half_precision_is_refused(dtype: Any) -> None:
    def graph(_: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"out": np.array([[1, np.inf]], dtype)}

    bundle = example_bundle()
    bundle = replace(bundle, input=replace(bundle.input, dtype=dtype))
    predict = BundlePredictor(bundle, {"model": graph})
    image = np.zeros((20, 30, 3), np.uint8)
    if dtype == "float16":
        with pytest.raises(UserError, match="model overflows in half precision: use single pre"):
            predict(image)
    else:
        with np.errstate(invalid="ignore"):
            predict(image)


BLOCK = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        package = name.partition(".")[0]
        if package.startswith(("mm", "torch")) or package in ("PIL", "scipy", "yaml", "matplotlib"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocker())
"""
PREDICT = """
import time

begin = time.process_time()
from hrnet_mm.deploy.runtime import load_bundle
seconds = time.process_time() - begin
import cv2
image = cv2.imread(sys.argv[1])
boxes = {boxes}
results = [load_bundle({folder!r} + "/" + task)(image, boxes=boxes if task == "pose" else None)
           for task in ("pose", "seg", "cls")]
poses, labels, scores = results
print(round(seconds, 2), poses.keypoints.sum(), labels.labels.mean(), scores.scores[0])
"""


def test_predicts_without_torch_or_toolboxes_and_starts_at_once(
    tmp_path: Path, images: list[Path]
) -> None:
    boxes = [(20, 30, 90, 140), (0, 0, 50, 50)]
    for task in TASKS:
        (tmp_path / task).mkdir()
        write_bundle(tmp_path / task, task)
    seconds, *found = run_predict(tmp_path, images[0], boxes=boxes)
    assert seconds < 1
    image = _read(images[0])
    expected: list[Any] = [
        load_bundle(tmp_path / task)(image, boxes=boxes if task == "pose" else None)
        for task in TASKS
    ]
    poses, labels, scores = expected
    np.testing.assert_allclose(
        found, [poses.keypoints.sum(), labels.labels.mean(), scores.scores[0]], rtol=1e-5
    )


def run_predict(folder: Path, image: Path, *, boxes: Any) -> list[float]:
    """Predict in a process without torch; return seconds of import, and a number of each result."""
    code = BLOCK + PREDICT.format(boxes=boxes, folder=str(folder)).replace(
        "sys.argv[1]", repr(str(image))
    )
    return [float(number) for number in output_of(code).split()]


@pytest.mark.parametrize("task", ["seg", "cls"])
def test_boxes_are_of_no_use_to_a_network_of_whole_images(task: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, task)
    with pytest.raises(UserError, match=r"boxes are of no use: config\.py takes whole images"):
        load_bundle(tmp_path)(np.zeros((9, 9, 3), np.uint8), boxes=[[0, 0, 5, 5]])


def test_what_is_no_image_and_no_box_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path, "pose")
    predict = load_bundle(tmp_path)
    with pytest.raises(UserError, match="an array of float64 of shape"):
        predict(np.zeros((9, 9, 3)))
    with pytest.raises(UserError, match="each needs left < right"):
        predict(np.zeros((9, 9, 3), np.uint8), boxes=[[5, 0, 0, 5]])


def test_feature_maps_predict_nothing(tmp_path: Path) -> None:
    example_bundle(task=FeaturesTask()).write(tmp_path)
    with pytest.raises(UserError, match="predicts nothing: it gives the feature maps"):
        load_bundle(tmp_path)


def test_a_bundle_without_its_graph_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path, "seg", files={})
    with pytest.raises(UserError, match=r"has no graph model\.onnx; export the bundle again"):
        load_bundle(tmp_path)


def test_a_classifier_crops_as_its_config() -> None:
    task = ClsTask(short_edge=32, backend="pillow", crop=(24, 20), classes=("cat", "dog"))
    sizes = []

    def graph(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        sizes.append(inputs["image"].shape)
        return {"out": np.zeros((1, 2), np.float32)}

    BundlePredictor(example_bundle(task=task), {"model": graph})(np.zeros((90, 50, 3), np.uint8))
    assert sizes == [(1, 3, 20, 24)]
