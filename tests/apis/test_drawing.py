"""What is predicted is drawn where it is, at any size, and nothing else changes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.visualization import Visualizer

from hrnet_mm.apis.drawing import Drawer, as_bgr
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

SMALL, LARGE = (240, 320), (1500, 2000)  # height, width
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)

BLUE, GREEN, RED = (0, 0, 255), (0, 255, 0), (255, 0, 0)  # RGB, as colours of classes are
CLASSES = {"classes": ("cat", "dog", "fish"), "palette": [BLUE, GREEN, RED]}
TWO_POINTS = {
    "keypoint_colors": np.array([BLUE, RED]),
    "skeleton_links": [(0, 1)],
    "skeleton_link_colors": np.array([GREEN]),
}


def an_image(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(100, 150, (*size, 3), dtype=np.uint8)


def a_pose(size: tuple[int, int], *, scores: tuple[float, float] = (0.9, 0.9)) -> Poses:
    height, width = size
    return Poses(
        keypoints=np.array([[[0.4, 0.4], [0.6, 0.4]]]) * (width, height),
        keypoint_scores=np.array([scores]),
        boxes=np.array([[0.3, 0.2, 0.7, 0.8]]) * (width, height, width, height),
        scores=np.ones(1),
    )


def a_detection(size: tuple[int, int], *, mask: np.ndarray | None = None) -> Detections:
    height, width = size
    return Detections(
        boxes=np.array([[0.2, 0.2, 0.8, 0.8]], dtype=np.float32) * (width, height, width, height),
        scores=np.array([0.9], dtype=np.float32),
        labels=np.array([1]),
        masks=None if mask is None else mask[None],
    )


def a_label_map(size: tuple[int, int]) -> LabelMap:
    labels = np.full(size, 255, dtype=np.uint8)
    labels[: size[0] // 2] = 2
    return LabelMap(labels=labels)


CLASS_SCORES = ClassScores(scores=np.array([0.1, 0.7, 0.2], dtype=np.float32))
TASKS: dict[str, tuple[dict[str, Any], Any]] = {
    "pose": (TWO_POINTS, a_pose),
    "det": (CLASSES, a_detection),
    "masks": (CLASSES, lambda size: a_detection(size, mask=np.ones(size, dtype=bool))),
    "seg": (CLASSES, a_label_map),
    "cls": (CLASSES, lambda _: CLASS_SCORES),
}
EACH_TASK = pytest.mark.parametrize(("meta", "result_for"), TASKS.values(), ids=TASKS.keys())


def is_near(pixel: np.ndarray, rgb: tuple[int, ...], *, within: int = 100) -> bool:
    """Tell whether a pixel, which is BGR, has a colour, or one mixed mostly from it."""
    return bool((abs(pixel[::-1].astype(int) - rgb) <= within).all())


def changed(image: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    return (drawn != image).any(axis=2)


@SIZES
def test_points_links_and_boxes(size: tuple[int, int]) -> None:
    image = an_image(size)
    drawn = Drawer(dataset_meta=TWO_POINTS).draw(image, a_pose(size))
    height, width = size
    y = int(0.4 * height)
    assert tuple(drawn[y, int(0.4 * width)]) == BLUE[::-1]
    assert tuple(drawn[y, int(0.5 * width)]) == GREEN[::-1]
    assert tuple(drawn[y, int(0.6 * width)]) == RED[::-1]
    assert tuple(drawn[int(0.5 * height), int(0.3 * width)]) == GREEN[::-1]
    differs = changed(image, drawn)
    differs[int(0.18 * height) : int(0.82 * height), int(0.28 * width) : int(0.72 * width)] = False
    assert not differs.any()


def test_uncertain_points_and_their_links_are_left_out() -> None:
    image = an_image(SMALL)
    drawn = Drawer(dataset_meta=TWO_POINTS).draw(image, a_pose(SMALL, scores=(0.9, 0.2)))
    assert tuple(drawn[96, 128]) == BLUE[::-1]
    assert not changed(image, drawn)[90:102, 140:210].any()


def test_a_box_around_the_whole_image_is_left_out() -> None:
    image, pose = an_image(SMALL), a_pose(SMALL)
    pose.boxes[:] = 0, 0, 320, 240
    drawn = Drawer(dataset_meta=TWO_POINTS).draw(image, pose)
    differs = changed(image, drawn)
    assert differs[96, 128]
    assert not differs[[0, -1]].any()


@SIZES
def test_boxes_have_the_colour_of_their_class(size: tuple[int, int]) -> None:
    image = an_image(size)
    drawn = Drawer(dataset_meta=CLASSES).draw(image, a_detection(size))
    height, width = size
    for y, x in (0.5, 0.2), (0.5, 0.8), (0.2, 0.6), (0.8, 0.5):
        box = drawn[int(y * height) - 1 : int(y * height) + 1, int(x * width)]
        assert any(is_near(pixel, GREEN) for pixel in box)
    differs = changed(image, drawn)
    assert differs[int(0.21 * height) : int(0.25 * height), int(0.21 * width)].any()  # the name
    differs[int(0.18 * height) : int(0.82 * height), int(0.18 * width) : int(0.82 * width)] = False
    assert not differs.any()


def test_boxes_that_go_beyond_the_image() -> None:
    image, detection = an_image(SMALL), a_detection(SMALL)
    detection.boxes[:] = -50, 120, 400, 500
    drawn = Drawer(dataset_meta=CLASSES).draw(image, detection)
    assert is_near(drawn[120, 160], GREEN)
    assert not changed(image, drawn)[:115].any()


@SIZES
def test_masks_cover_their_pixels(size: tuple[int, int]) -> None:
    image, mask = an_image(size), np.zeros(size, dtype=bool)
    middle = np.s_[int(0.4 * size[0]) : int(0.6 * size[0]), int(0.4 * size[1]) : int(0.6 * size[1])]
    mask[middle] = True
    drawn = Drawer(dataset_meta=CLASSES).draw(image, a_detection(size, mask=mask))
    differs = changed(image, drawn)
    assert differs[middle].all()
    assert not differs[int(0.65 * size[0]) : int(0.75 * size[0]), int(0.3 * size[1])].any()


@SIZES
def test_label_maps_mix_the_colour_of_the_class(size: tuple[int, int]) -> None:
    image = an_image(size)
    drawn = Drawer(dataset_meta=CLASSES).draw(image, a_label_map(size))
    half = size[0] // 2
    mixed = (image[:half] * 0.5 + np.array(RED[::-1]) * 0.5).astype(np.uint8)
    is_mixed = (drawn[:half] == mixed).all(axis=2)
    assert is_mixed.mean() > 0.95
    assert not is_mixed.all()  # the name
    assert not changed(image, drawn)[half:].any()


@SIZES
def test_the_best_classes_are_written_at_the_top(size: tuple[int, int]) -> None:
    image = an_image(size)
    drawn = Drawer(dataset_meta=CLASSES).draw(image, CLASS_SCORES)
    differs = changed(image, drawn)
    assert differs[: size[0] // 4].any()
    assert not differs[size[0] // 4 :].any()


@pytest.mark.parametrize("task", ["det", "cls"])
def test_annotations_have_no_scores(task: str) -> None:
    meta, result_for = TASKS[task]
    image, result = an_image(SMALL), result_for(SMALL)
    certain = replace(result, scores=(result.scores > 0.5).astype(np.float32))
    drawer = Drawer(dataset_meta=meta, is_truth=True)
    drawn = drawer.draw(image, certain)
    assert changed(image, drawn).any()
    assert changed(drawn, Drawer(dataset_meta=meta).draw(image, certain)).any()
    again = drawer.draw(image, replace(certain, scores=certain.scores / 2))
    assert not changed(drawn, again).any()


@pytest.mark.parametrize(
    "result",
    [
        Poses(
            keypoints=np.zeros((0, 2, 2)),
            keypoint_scores=np.zeros((0, 2)),
            boxes=np.zeros((0, 4)),
            scores=np.zeros(0),
        ),
        Detections(boxes=np.zeros((0, 4)), scores=np.zeros(0), labels=np.zeros(0, dtype=int)),
        LabelMap(labels=np.full(SMALL, 255, dtype=np.uint8)),
        LabelMap(labels=np.full(SMALL, 65535, dtype=np.uint16)),
    ],
    ids=["poses", "detections", "labels", "many labels"],
)
def test_without_anything_found_the_image_is_unchanged(result: Result) -> None:
    image = an_image(SMALL)
    drawn = Drawer(dataset_meta=None).draw(image, result)
    assert not changed(image, drawn).any()
    assert not np.shares_memory(image, drawn)


@EACH_TASK
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (20, 20)], ids=str)
def test_odd_sizes(size: tuple[int, int], meta: dict[str, Any], result_for: Any) -> None:
    drawn = Drawer(dataset_meta=meta).draw(an_image(size), result_for(size))
    assert drawn.shape == (*size, 3)


@EACH_TASK
@pytest.mark.parametrize(
    "without", [(), ("palette", "keypoint_colors", "skeleton_link_colors")], ids=["none", "colours"]
)
def test_without_colours_or_names_drawings_are_the_same_each_time(
    without: tuple[str, ...], meta: dict[str, Any], result_for: Any
) -> None:
    image, result = an_image(SMALL), result_for(SMALL)
    meta = {name: meta[name] for name in meta if without and name not in without}
    drawn, again = (Drawer(dataset_meta=meta).draw(image, result) for _ in range(2))
    assert changed(image, drawn).any()
    assert not changed(drawn, again).any()


@EACH_TASK
def test_nothing_is_left_behind(
    meta: dict[str, Any], result_for: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    image, numbers = an_image(SMALL), np.random.get_state()[1].copy()  # type: ignore[index]
    visualizers = dict(Visualizer._instance_dict)  # type: ignore[attr-defined]
    before = image.copy()
    Drawer(dataset_meta=meta).draw(image, result_for(SMALL))
    assert not changed(before, image).any()
    assert dict(Visualizer._instance_dict) == visualizers  # type: ignore[attr-defined]
    assert (np.random.get_state()[1] == numbers).all()  # type: ignore[index]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["PoseLocalVisualizer", "mmpose.PoseLocalVisualizer"])
def test_options_of_the_config_hold(kind: str) -> None:
    config = {"type": kind, "vis_backends": [{"type": "LocalVisBackend"}], "radius": 20}
    image = an_image(SMALL)
    drawn = Drawer(dataset_meta=TWO_POINTS, visualizer=config).draw(image, a_pose(SMALL))
    assert tuple(drawn[96 + 15, 128]) == BLUE[::-1]


def test_options_of_another_visualizer_do_not_matter() -> None:
    image, pose = an_image(SMALL), a_pose(SMALL)
    config = {"type": "Mine", "radius": 20}
    drawn, other = (
        Drawer(dataset_meta=TWO_POINTS, visualizer=each).draw(image, pose)
        for each in (None, config)
    )
    assert not changed(drawn, other).any()


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (np.array([[0, 7]], dtype=np.uint8), [[0, 0, 0], [7, 7, 7]]),
        (np.array([[[1, 2], [3, 4]]], dtype=np.uint8), [[1, 1, 1], [3, 3, 3]]),
        (np.array([[[1, 2, 3, 4, 5]]], dtype=np.uint8), [[1, 2, 3]]),
        (np.array([[0, 2000, 4000]], dtype=np.uint16), [[0] * 3, [128] * 3, [255] * 3]),
        (np.array([[-1.0, np.nan, 1.0]]), [[0] * 3, [128] * 3, [255] * 3]),
        (np.array([[False, True]]), [[0] * 3, [255] * 3]),
        (np.array([[5.0]]), [[0] * 3]),
    ],
    ids=["grey", "two channels", "five channels", "16 bits", "floats", "bools", "one value"],
)
def test_images_of_other_kinds(image: np.ndarray, shown: list[list[int]]) -> None:
    as_shown = as_bgr(image)
    assert as_shown.dtype == np.uint8
    assert as_shown[0].tolist() == shown
