"""Keypoints of another number or form, and files of which none is left to learn from."""

from typing import Any

import pytest

from hrnet_mm.data.rules import check_coco_file
from tests.data import tiny_coco
from tests.data.tiny_coco import Break, every, of_boxes, of_keypoints, the_finding, without


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("number", [1, 2, 4, 17])
@pytest.mark.parametrize("type_", ["CocoDataset", "WFLWDataset", "Face300WDataset"])
def test_another_number_of_keypoints(number: int, split: str, type_: str) -> None:
    content = tiny_coco.content()
    every("annotations", "keypoints", [5, 6, 2] * number)(content)
    finding = the_finding(of_keypoints(content, split=split, type=type_))
    assert finding.is_error
    assert f"{number} keypoints in 40 of 40 annotations" in finding.text
    assert f"the metainfo of {split}_dataloader.dataset has 3" in finding.text


def test_one_annotation_with_another_number_of_keypoints() -> None:
    content = tiny_coco.content()
    content["annotations"][7]["keypoints"] *= 2
    assert "6 keypoints in 1 of 40 annotations (id 8)" in the_finding(of_keypoints(content)).text


def test_whole_bodies_have_keypoints_in_several_lists() -> None:
    content = tiny_coco.content()
    assert not check_coco_file(of_keypoints(content, type="CocoWholeBodyDataset", metainfo=None))


def test_a_file_of_boxes() -> None:
    content = tiny_coco.content()
    without("annotations", "keypoints")(content)
    finding = the_finding(of_keypoints(content))
    assert "no keypoints in 40 of 40 annotations" in finding.text
    assert "person_keypoints_*.json" in finding.text


def _points(change: Any) -> Break:
    def of(row: dict[str, Any]) -> list[float]:
        values = row["keypoints"]
        triples = zip(values[::3], values[1::3], values[2::3], strict=True)
        return [value for triple in triples for value in change(*triple)]

    return every("annotations", "keypoints", of)


def test_keypoints_as_shares_of_the_image() -> None:
    content = tiny_coco.content()
    _points(lambda x, y, v: (x / 200, y / 100, v))(content)
    finding = the_finding(of_keypoints(content))
    assert finding.is_error
    assert "keypoints are written as fractions of the image" in finding.text


NOTHING_LEFT = [
    (every("annotations", "iscrowd", 1), "iscrowd in 40 of 40 annotations"),
    (every("annotations", "num_keypoints", 0), "num_keypoints 0 in spite of visible"),
    (_points(lambda x, y, v: (x, y, 0)), "no visible keypoint (v above 0) in 40 of 40"),
    (_points(lambda x, y, v: (0, 0, v)), "no coordinate above 0 in 40 of 40"),
]


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("type_", ["CocoDataset", "WFLWDataset"])
@pytest.mark.parametrize(("broken", "text"), NOTHING_LEFT)
def test_no_keypoint_is_left(broken: Break, text: str, split: str, type_: str) -> None:
    content = tiny_coco.content()
    broken(content)
    finding = the_finding(of_keypoints(content, split=split, type=type_, metric="EPE"))
    assert finding.is_error
    assert text in finding.text


@pytest.mark.parametrize("bbox", [[10, 10, 0, 20], [10, 10, -5, 20], [500, 10, 5, 5]])
def test_no_box_around_keypoints_is_left(bbox: list[float]) -> None:
    content = tiny_coco.content()
    every("annotations", "bbox", bbox)(content)
    errors = [f.text for f in check_coco_file(of_keypoints(content)) if f.is_error]
    assert len(errors) == 1
    assert "no part of the box in its image in 40 of 40" in errors[0]
    content["annotations"][0]["bbox"] = [10, 10, 20, 20]
    assert not any(f.is_error for f in check_coco_file(of_keypoints(content)))
    assert any("these are left out" in f.text for f in check_coco_file(of_keypoints(content)))


def test_no_box_around_keypoints_at_all() -> None:
    content = tiny_coco.content()
    without("annotations", "bbox")(content)
    assert "no bbox in 40 of 40 annotations" in the_finding(of_keypoints(content)).text
    assert not check_coco_file(of_keypoints(content, type="WFLWDataset"))


def test_people_without_keypoints_pass() -> None:
    """More than a third of COCO's."""
    content = tiny_coco.content()
    for row in content["annotations"][:30]:
        row |= dict(keypoints=[0] * 9, num_keypoints=0)
    assert not check_coco_file(of_keypoints(content))
    for row in content["annotations"]:
        del row["num_keypoints"]
    assert not check_coco_file(of_keypoints(content))


@pytest.mark.parametrize("area", [0, -1])
def test_areas_by_which_no_result_is_right(area: float) -> None:
    content = tiny_coco.content()
    every("annotations", "area", area)(content)
    assert not check_coco_file(of_keypoints(content))  # training makes no use of it
    assert not check_coco_file(of_keypoints(content, split="val", metric="EPE"))
    finding = the_finding(of_keypoints(content, split="val"))
    assert finding.is_error
    assert "area 0 or less in 40 of 40 annotations" in finding.text
    for row in content["annotations"][2:]:
        row["area"] = 50
    finding = the_finding(of_keypoints(content, split="val"))
    assert not finding.is_error


@pytest.mark.parametrize("key", ["center", "scale", "num_keypoints", "iscrowd"])
@pytest.mark.parametrize("type_", ["WFLWDataset", "Face300WDataset", "AFLWDataset"])
def test_keys_of_landmarks(type_: str, key: str) -> None:
    content = tiny_coco.content()
    assert not check_coco_file(of_keypoints(content, type=type_))
    without("annotations", key)(content)
    finding = the_finding(of_keypoints(content, type=type_))
    assert finding.is_error
    assert f"no {key} in 40 of 40 annotations" in finding.text


def test_boxes_have_no_keypoints() -> None:
    content = tiny_coco.content()
    without("annotations", "keypoints")(content)
    assert not check_coco_file(of_boxes(content))
