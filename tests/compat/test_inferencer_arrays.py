"""The stock Inferencers give for an array what they give for a file of the same content."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from hrnet_mm.compat.inferencer_arrays import REPAIRS, _draws_as_rgb, as_read
from hrnet_mm.post_import import outcomes
from tests.integration.toy import small_toy

SCOPES = {"pose": "mmpose", "seg": "mmseg", "det": "mmdet", "cls": "mmpretrain"}


@pytest.fixture(autouse=True, scope="module")
def _leave_the_scope_as_it_was() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmengine"):
        yield


def build(task: str, root: Path) -> Any:
    """Build the stock Inferencer of a small model with random weights."""
    few: dict[str, Any] = {"model.test_cfg.rcnn.max_per_img": 3}
    cfg = small_toy(task, root, **(few if task == "det" else {}))
    torch.manual_seed(0)
    if task == "pose":
        from mmpose.apis import Pose2DInferencer

        return Pose2DInferencer(cfg, device="cpu", det_model="whole_image")
    if task == "seg":
        from mmseg.apis import MMSegInferencer

        return MMSegInferencer(cfg, device="cpu")
    if task == "det":
        from mmdet.apis import DetInferencer

        return DetInferencer(cfg, device="cpu", show_progress=False)
    from mmpretrain import ImageClassificationInferencer

    with DefaultScope.overwrite_default_scope("mmpretrain"):
        return ImageClassificationInferencer(cfg, device="cpu", pretrained=False)


@pytest.fixture(scope="module", params=SCOPES)
def infer(
    request: pytest.FixtureRequest, toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Any], tuple[Any, np.ndarray]]:
    """Give the numbers of a prediction, and its drawing."""
    inferencer = build(request.param, toy_scenes)
    folder = tmp_path_factory.mktemp("shown")

    def run(image: Any) -> tuple[Any, np.ndarray]:
        if request.param == "cls":
            (result,) = inferencer(image, show_dir=str(folder))
            (shown,) = folder.iterdir()
            drawing = mmcv.imread(shown)
            shown.unlink()
            return result["pred_scores"], drawing
        if request.param == "seg":
            result = inferencer(image, return_vis=True)
            return result["predictions"], result["visualization"]
        if request.param == "det":
            result = inferencer(image, return_vis=True, pred_score_thr=0.0)
            (found,) = result["predictions"]
            assert len(found["scores"]) == 3
            return [found["bboxes"], found["scores"]], *result["visualization"]
        result = next(inferencer(image, return_vis=True))
        ((person,),) = result["predictions"]
        return [person["keypoints"], person["keypoint_scores"]], *result["visualization"]

    return run


def assert_same(given: tuple[Any, np.ndarray], expected: tuple[Any, np.ndarray]) -> None:
    for numbers, others in zip(_flat(given), _flat(expected), strict=True):
        assert np.array_equal(numbers, others)


def _flat(result: tuple[Any, np.ndarray]) -> list[np.ndarray]:
    numbers, drawing = result
    parts = numbers if isinstance(numbers, list) else [numbers]
    return [*(np.asarray(part) for part in parts), drawing]


def drawn(*shape: int, dtype: Any = np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


ARRAYS = {
    "grayscale": drawn(48, 64),
    "grayscale with an axis": drawn(48, 64, 1),
    "BGR": drawn(48, 64, 3),
    "BGRA": drawn(48, 64, 4),
    "16 bits, grayscale": drawn(48, 64, dtype=np.uint16),
    "16 bits, BGR": drawn(48, 64, 3, dtype=np.uint16),
    "16 bits, BGRA": drawn(48, 64, 4, dtype=np.uint16),
    "no own memory": drawn(48, 64, 3)[:, ::-1, ::-1],
    "one pixel": drawn(1, 1, 3),
    "one grayscale pixel": drawn(1, 1),
    "one row": drawn(1, 70, 3),
    "one grayscale column": drawn(70, 1),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_and_its_file_give_the_same(
    infer: Callable[[Any], tuple[Any, np.ndarray]], name: str, tmp_path: Path
) -> None:
    array = ARRAYS[name]
    before = array.copy()
    path = str(tmp_path / "image.png")
    cv2.imwrite(path, array)
    expected = infer(path)
    assert_same(infer(array), expected)
    assert_same(infer(mmcv.imread(path, "unchanged")), expected)
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    "array",
    [
        drawn(48, 64).astype(np.float32),
        drawn(48, 64, 2),
        drawn(48, 64, 5),
        drawn(48, 64) > 9,
        drawn(48, 64, 3)[:0],
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_an_array_that_no_image_file_holds_is_refused(
    infer: Callable[[Any], tuple[Any, np.ndarray]], array: np.ndarray
) -> None:
    with pytest.raises(ValueError, match="the array given as an image is") as caught:
        infer(array)
    assert f"is {array.dtype} of shape {array.shape}: give uint8" in str(caught.value)


@pytest.mark.parametrize("task", SCOPES)
def test_the_stock_inferencer_needs_it(task: str, toy_scenes: Path) -> None:
    build(task, toy_scenes)
    (repair,) = (x for x in REPAIRS if x.title.startswith(f"{SCOPES[task]}'s Inf"))
    assert outcomes[repair.title] == "repaired"
    assert not repair.is_needed(import_module(repair.waits_for))


@pytest.mark.parametrize("name", ["grayscale", "BGRA", "16 bits, BGR", "one grayscale pixel"])
def test_features_of_an_array_are_those_of_its_file(
    name: str, toy_scenes: Path, tmp_path: Path
) -> None:
    from mmpretrain import FeatureExtractor

    path = str(tmp_path / "image.png")
    cv2.imwrite(path, ARRAYS[name])
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        extractor = FeatureExtractor(small_toy("cls", toy_scenes), device="cpu", pretrained=False)
        ((expected,),), ((given,),) = extractor(path), extractor(ARRAYS[name])
    assert torch.equal(given, expected)


def test_an_inferencer_that_takes_arrays_for_bgr_is_seen() -> None:
    class Stock:
        def visualize(self: Any, inputs: Any, _: Any) -> None:
            self.visualizer.add_datasample("name", inputs[0])

    class Fixed:
        def visualize(self: Any, inputs: Any, _: Any) -> None:
            self.visualizer.add_datasample("name", inputs[0][..., ::-1])

    assert _draws_as_rgb(Stock)
    assert not _draws_as_rgb(Fixed)


# How an array is read


@pytest.mark.parametrize("backend", ["cv2", "pillow"])
@pytest.mark.parametrize("flag", ["color", "grayscale", "color_ignore_orientation"])
@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_read_as_its_file_is(
    name: str, flag: str, backend: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "image.png")
    cv2.imwrite(path, ARRAYS[name])
    expected = mmcv.imread(path, flag, backend=backend)
    given = as_read(ARRAYS[name], flag=flag, backend=backend)
    assert np.array_equal(given, expected)
    assert given.dtype == expected.dtype


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (drawn(8, 9, 3), {}),
        (drawn(8, 9, 3).astype(np.float32), {}),
        (drawn(8, 9, 5), dict(flag="unchanged")),
        (drawn(8, 9).astype(np.float64), dict(flag="unchanged")),
        (drawn(8, 9, 5, dtype=np.uint16), dict(backend="tifffile")),
    ],
    ids=str,
)
def test_what_needs_no_change_is_left_alone(array: np.ndarray, options: dict[str, str]) -> None:
    assert as_read(array, **options) is array
