"""Boxes of images, from files, arrays and detectors."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from hrnet_mm.apis.boxes import BoxFile, Detector, GivenBoxes, WholeImages
from hrnet_mm.apis.frames import Failure, Frame, Prediction
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.errors import UserError
from hrnet_mm.results import Detections
from tests.integration.toy import small_toy


def _frame(source: str, size: tuple[int, int] = (320, 240)) -> Frame:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    return Frame(source=source, name=Path(source).stem, image=image)


@pytest.fixture
def cfg(toy_scenes: Path) -> Config:
    """A config with the dataset class that reads annotations."""
    init_default_scope("mmpose")
    return small_toy("pose", toy_scenes)


def _written(folder: Path, content: Any) -> Path:
    path = folder / "boxes.json"
    path.write_text(json.dumps(content))
    return path


def test_a_whole_image_is_a_box() -> None:
    (boxes,) = WholeImages().find([_frame("a.jpg", (20, 10))])
    assert isinstance(boxes, Boxes)
    assert boxes.boxes.tolist() == [[0, 0, 20, 10]]


def test_boxes_of_annotations_are_those_of_the_models_dataset(
    toy_scenes: Path, cfg: Config
) -> None:
    path = toy_scenes / "annotations/person_keypoints_val.json"
    content = json.loads(path.read_text())
    image = content["images"][0]
    found: Any = BoxFile(path, cfg).find([_frame(str(toy_scenes / image["file_name"]))])[0]
    own = [a for a in content["annotations"] if a["image_id"] == image["id"]]
    lefts_and_tops = [a["bbox"][:2] for a in own if a["num_keypoints"] and not a["iscrowd"]]
    assert lefts_and_tops
    np.testing.assert_allclose(found.boxes[:, :2], lefts_and_tops, atol=1e-4)
    assert found.image_id == image["id"]


def test_boxes_without_keypoints_are_read_too(tmp_path: Path, cfg: Config) -> None:
    images = [dict(id=7, file_name="left/a.jpg"), dict(id=8, file_name="right/a.jpg")]
    annotations = [
        dict(id=1, image_id=8, bbox=[1, 2, 3, 4], category_id=5),
        dict(id=2, image_id=8, bbox=[1, 2, 3, 4], category_id=5, iscrowd=1),
        dict(id=3, image_id=8, bbox=[1, 2, 0, 4], category_id=5),
    ]
    file = BoxFile(_written(tmp_path, dict(images=images, annotations=annotations)), cfg)
    frames = [_frame("data/right/a.jpg"), _frame("data/left/a.jpg"), _frame("data/b.jpg")]
    right, left, unknown = file.find(frames)
    assert isinstance(right, Boxes)
    assert right.boxes.tolist() == [[1, 2, 4, 6]]
    assert right.category_ids is not None
    assert right.category_ids.tolist() == [5]
    assert isinstance(left, Boxes)
    assert left.boxes.shape == (0, 4)
    assert isinstance(unknown, Failure)
    assert "has no image of this name" in unknown.reason


@pytest.mark.parametrize("image_id", [785, "000000000785", "000000000785.jpg"])
def test_results_of_a_detector_name_images_by_number_or_name(
    tmp_path: Path, cfg: Config, image_id: int | str
) -> None:
    record = dict(image_id=image_id, bbox=[1, 2, 3, 4], score=0.5, category_id=1)
    found: Any = BoxFile(_written(tmp_path, [record]), cfg).find(
        [_frame("images/000000000785.jpg"), _frame("images/2.jpg")]
    )
    assert found[0].scores.tolist() == [0.5]
    assert len(found[1].boxes) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"boxes": []}, "holds no boxes: give COCO annotations"),
        ([{"score": 1}], "holds no boxes"),
        ([{"bbox": [1, 2, 3, 4]}], "entry 0 of .*: it needs image_id and bbox"),
        ([{"image_id": 1, "bbox": [1, 2, 3]}], "entry 0 of .*: it needs image_id and bbox"),
        ([{"image_id": 1, "bbox": [1, 2, 3, 4], "category_id": "person"}], "category_id, if there"),
        ([{"image_id": 1, "bbox": [1, 2, 3, 4], "category_id": None}], "category_id, if there"),
        ([1], "holds no boxes"),
        ({"images": [{"id": 1}], "annotations": []}, "an image of .*: it needs file_name and id"),
        ({"images": [{"file_name": "a"}], "annotations": []}, "it needs file_name and id"),
        (
            {"images": [], "annotations": [{"keypoints": [1], "image_id": 3}]},
            "is not annotated as CocoDataset",
        ),
    ],
)
def test_a_file_without_boxes_is_refused(
    tmp_path: Path, cfg: Config, content: Any, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        BoxFile(_written(tmp_path, content), cfg)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path, cfg: Config) -> None:
    (tmp_path / "boxes.json").write_text("{")
    with pytest.raises(UserError, match="is no JSON file"):
        BoxFile(tmp_path / "boxes.json", cfg)


@pytest.mark.parametrize(
    "boxes",
    [[[1, 2, 3]], [[3, 0, 1, 1]], [[0, 0, np.nan, 1]], "boxes", [0, 0, 9, 9], None],
)
def test_given_boxes_that_are_none_are_refused(boxes: Any) -> None:
    with pytest.raises(UserError, match="boxes"):
        GivenBoxes([boxes])


def test_given_boxes_follow_the_images() -> None:
    source = GivenBoxes([[[0, 0, 1, 1]], []])
    first: Any = source.find([_frame("a.jpg")])[0]
    second, third = source.find([_frame("b.jpg"), _frame("c.jpg")])
    assert len(first.boxes) == 1
    assert isinstance(second, Boxes)
    assert len(second.boxes) == 0
    assert isinstance(third, Failure)
    source.check_used()


def test_a_detectors_empty_boxes_and_failures() -> None:
    frame = _frame("a.jpg")
    boxes = np.array([[0, 0, 5, 5], [3, 3, 3, 9]], np.float32)
    result = Detections(boxes=boxes, scores=np.array([0.9, 0.8]), labels=np.array([0, 0]))
    outcomes = [Prediction(frame=frame, result=result), Failure(source="b.jpg", reason="too big")]
    predictor = SimpleNamespace(predict=lambda _: iter(outcomes))
    found, failed = Detector(predictor, description="").find([frame, _frame("b.jpg")])
    assert isinstance(found, Boxes)
    assert found.boxes.tolist() == [[0, 0, 5, 5]]
    assert failed == Failure(source="b.jpg", reason="the detector: too big")
