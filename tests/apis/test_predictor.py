"""Prediction on images, against the toolboxes' own test of the same model."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from hrnet_mm.apis.boxes import BoxFile
from hrnet_mm.apis.frames import Failure, Frame
from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses
from tests.apis.models import TASKS, ToyModel, stock_test

Predictors = Callable[[str], Predictor]
Models = Callable[[str], ToyModel]

RESULTS = {"pose": Poses, "seg": LabelMap, "det": Detections, "cls": ClassScores}


def _read(path: Path, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    image = cv2.imread(str(path), flags)
    assert image is not None
    return image


def _arrays(result: Any) -> list[np.ndarray]:
    return [value for value in vars(result).values() if value is not None]


def _assert_equal(first: Any, second: Any, *, atol: float = 0) -> None:
    for a, b in zip(_arrays(first), _arrays(second), strict=True):
        np.testing.assert_allclose(a, b, atol=atol, rtol=0)


@pytest.mark.parametrize("task", TASKS)
def test_a_path_and_its_array_give_the_same(
    task: str, toy_predictor: Predictors, images: list[Path]
) -> None:
    predictor = toy_predictor(task)
    (by_path,) = predictor(images[0])
    (by_array,) = predictor(_read(images[0]))
    assert type(by_path.result) is RESULTS[task]
    _assert_equal(by_path.result, by_array.result)
    (with_alpha,) = predictor(cv2.cvtColor(_read(images[0]), cv2.COLOR_BGR2BGRA))
    _assert_equal(by_path.result, with_alpha.result)


@pytest.mark.parametrize("task", TASKS)
def test_images_come_out_in_order_whatever_their_sizes(
    task: str, toy_predictor: Predictors, images: list[Path]
) -> None:
    whole = [_read(path) for path in images]
    mixed = [whole[0], whole[1][:200, :150], whole[2], whole[1], whole[0][:200, :150]]
    predictor = toy_predictor(task)
    together = list(predictor(mixed))
    for image, prediction in zip(mixed, together, strict=True):
        np.testing.assert_array_equal(prediction.frame.image, image)
        (alone,) = predictor(image)
        # Rounding differs between batches.
        _assert_equal(prediction.result, alone.result, atol=2e-2 if task == "det" else 1e-3)


@pytest.mark.parametrize("task", TASKS)
def test_a_bad_image_does_not_stop_the_others(task: str, toy_predictor: Predictors) -> None:
    good = Frame(source="good", name="good", image=np.zeros((60, 80, 3), np.uint8))
    unread = Failure(source="unread", reason="is damaged")
    bad = Frame(source="bad", name="bad", image=np.zeros((60, 80, 3), object))
    outcomes = list(toy_predictor(task).predict([good, unread, bad, good]))
    assert [isinstance(outcome, Failure) for outcome in outcomes] == [False, True, True, False]
    assert outcomes[1] == unread
    assert isinstance(outcomes[2], Failure)
    assert outcomes[2].source == "bad"
    assert "the image is 80x60" in outcomes[2].reason


def test_in_python_a_bad_image_is_an_error(toy_predictor: Predictors, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(UserError, match=r"a\.jpg: is truncated, damaged or not an image"):
        list(toy_predictor("cls")(tmp_path / "a.jpg"))
    with pytest.raises(UserError, match="an array of float64 of shape"):
        list(toy_predictor("cls")(np.zeros((4, 4, 3))))


def test_an_image_of_another_type_is_named(toy_predictor: Predictors) -> None:
    with pytest.raises(UserError, match="an image of type Image: give a path or a numpy array"):
        list(toy_predictor("cls")([Image.new("RGB", (8, 8))]))  # type: ignore


def test_with_the_datasets_boxes_poses_are_those_of_the_test(
    toy_predictor: Predictors,
    toy_model: Models,
    images: list[Path],
    toy_scenes: Path,
    tmp_path: Path,
) -> None:
    prefix = tmp_path / "results"
    stock_test(toy_model("pose"), tmp_path, format_only=True, outfile_prefix=str(prefix))
    expected = json.loads(Path(f"{prefix}.keypoints.json").read_text())
    predictor = toy_predictor("pose")
    boxes = BoxFile(toy_scenes / "annotations/person_keypoints_val.json", predictor.loaded.cfg)
    found = []
    for frame in predictor._frames(images):
        assert isinstance(frame, Frame)
        (given,) = boxes.find([frame])
        assert not isinstance(given, Failure)
        (prediction,) = predictor(frame.image, boxes=[given.boxes])
        result: Any = prediction.result
        points = np.concatenate([result.keypoints, result.keypoint_scores[..., None]], axis=-1)
        found += [
            (given.image_id, score, pose.ravel())
            for score, pose in zip(result.scores, points, strict=True)
        ]
    assert len(found) == len(expected) > 3
    for (image_id, score, pose), record in zip(found, expected, strict=True):
        assert image_id == record["image_id"]
        assert score == pytest.approx(record["score"], abs=1e-5)
        np.testing.assert_allclose(pose, record["keypoints"], atol=1e-3)


def test_label_maps_are_those_of_the_test(
    toy_predictor: Predictors, toy_model: Models, images: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "labels"
    stock_test(toy_model("seg"), tmp_path, format_only=True, output_dir=str(out))
    for prediction in toy_predictor("seg")(images):
        result: Any = prediction.result
        expected = _read(out / f"{prediction.frame.name}.png", cv2.IMREAD_UNCHANGED)
        assert (result.labels == expected).mean() > 0.9999


def test_boxes_are_of_no_use_to_a_model_that_takes_whole_images(
    toy_predictor: Predictors,
) -> None:
    with pytest.raises(UserError, match="boxes are of no use"):
        list(toy_predictor("seg")(np.zeros((9, 9, 3), np.uint8), boxes=[[[0, 0, 5, 5]]]))


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[0, 0, 10, 10], [5, 5, 20, 20]], r"boxes \[0, 0, 10, 10\]: give rows of left"),
        ([[[0, 0, 9, 9]], [[5, 5, 9, 9]]], "boxes are given for 1 images more than there are; "),
    ],
)
def test_boxes_that_are_not_those_of_one_image_are_refused(
    boxes: Any, message: str, toy_predictor: Predictors
) -> None:
    with pytest.raises(UserError, match=message):
        list(toy_predictor("pose")(np.zeros((60, 80, 3), np.uint8), boxes=boxes))


def test_a_batch_that_failed_is_let_go_before_its_images_are_tried_alone(
    toy_predictor: Predictors, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = toy_predictor("cls")
    network: Any = predictor.loaded.network
    test_step, handled = network.test_step, []

    def tight(batch: Any) -> Any:
        if len(batch["inputs"]) > 1:
            raise MemoryError
        handled.append(sys.exception())
        return test_step(batch)

    monkeypatch.setattr(network, "test_step", tight)
    assert len(list(predictor([np.zeros((60, 80, 3), np.uint8)] * 2))) == 2
    assert handled == [None, None]


def test_no_box_no_skeleton(toy_predictor: Predictors) -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    (prediction,) = toy_predictor("pose")([image], boxes=[[]])
    result: Any = prediction.result
    assert result.keypoints.shape == (0, 17, 2)


def test_windows_see_a_large_image_in_its_own_size(toy_model: Models, images: list[Path]) -> None:
    model = toy_model("seg")
    large = cv2.resize(_read(images[0]), None, fx=1.5, fy=1.5)
    predictor = Predictor(model.config, model.checkpoint, slide=(160, 120))
    sizes = []
    network: Any = predictor.loaded.network
    hook = network.backbone.register_forward_pre_hook(
        lambda _, inputs: sizes.append(tuple(inputs[0].shape[2:]))
    )
    (prediction,) = predictor(large)
    hook.remove()
    assert set(sizes) == {(160, 160)}
    assert len(sizes) == 3 * 4  # over 360 rows and 480 columns
    result: Any = prediction.result
    assert result.labels.shape == (360, 480)


def test_augmented_views_are_merged(toy_model: Models, images: list[Path], tmp_path: Path) -> None:
    model = toy_model("seg")
    cfg = Config.fromfile(model.config)
    views = [[dict(type="Resize", scale_factor=1.0)], [dict(type="RandomFlip", prob=1.0)]]
    pipeline = [
        dict(type="LoadImageFromFile"),
        dict(
            type="TestTimeAug",
            transforms=[*views, [dict(type="LoadAnnotations")], [dict(type="PackSegInputs")]],
        ),
    ]
    cfg.merge_from_dict(dict(tta_model=dict(type="SegTTAModel"), tta_pipeline=pipeline))
    cfg.dump(tmp_path / "tta.py")
    flipped = Predictor(tmp_path / "tta.py", model.checkpoint, tta=True)
    plain = Predictor(model.config, model.checkpoint, slide=(1000, 1000))
    image = _read(images[0])
    (augmented,) = flipped(image)
    (mirrored,) = plain(np.ascontiguousarray(image[:, ::-1]))
    first: Any = augmented.result
    second: Any = mirrored.result
    assert (first.labels == second.labels[:, ::-1]).mean() > 0.99


def test_a_pipeline_that_reads_no_image_file_is_refused(toy_model: Models, tmp_path: Path) -> None:
    model = toy_model("seg")
    cfg = Config.fromfile(model.config)
    cfg.test_dataloader.dataset.pipeline[0] = dict(type="LoadBiomedicalImageFromFile")
    cfg.dump(tmp_path / "bio.py")
    with pytest.raises(UserError, match="begins with LoadBiomedicalImageFromFile"):
        Predictor(tmp_path / "bio.py", model.checkpoint)


@pytest.mark.parametrize(("task", "slide"), [("pose", None), ("cls", None), ("seg", (64, 48))])
def test_a_config_without_test_data_is_refused(
    task: str, slide: Any, toy_model: Models, tmp_path: Path
) -> None:
    model = toy_model(task)
    cfg = Config.fromfile(model.config)
    cfg.test_dataloader = None
    cfg.dump(tmp_path / "trains.py")
    with pytest.raises(UserError, match=r"trains\.py has no test_dataloader\.dataset with a pipe"):
        Predictor(tmp_path / "trains.py", model.checkpoint, slide=slide)


def test_a_batch_of_nothing_is_refused(toy_model: Models) -> None:
    with pytest.raises(UserError, match="batch size 0: give 1 or more"):
        Predictor(toy_model("cls").config, toy_model("cls").checkpoint, batch_size=0)
