"""Labels follow the order of a file's categories: other orders and names are refused."""

from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.data.rules import check_coco_file
from tests.data import tiny_coco
from tests.data.tiny_coco import (
    CLASSES,
    METAINFO,
    POINTS,
    Break,
    every,
    first,
    of_boxes,
    of_keypoints,
    the_finding,
)


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize(
    ("classes", "text"),
    [
        (("dog", "cat", "owl"), "class 0 is 'cat', but in metainfo.classes"),
        (("cat", "owl", "dog"), "class 1 is 'dog', but in metainfo.classes"),
        (("owl", "cat"), "it is 'owl': set metainfo=dict(classes=('cat', 'owl'))"),
        (["owl", "dog", "cat"], "set metainfo=dict(classes=('cat', 'dog', 'owl'))"),
        (("cat", "dog", "emu"), "no category 'emu', which metainfo.classes"),
        (("Cat", "dog", "owl"), "it has ('cat', 'dog', 'owl')"),
        (("cat ", "dog", "owl"), "no category 'cat ', which"),
        (None, "no category 'person', 'bicycle', 'car', 'motorcycle', 'airplane', ...: "),
        (None, "sets no metainfo.classes, so that those of its type count (80, person to tooth"),
    ],
)
def test_other_classes_than_the_categories(classes: Any, text: str, split: str) -> None:
    metainfo = None if classes is None else dict(classes=classes)
    findings = check_coco_file(of_boxes(tiny_coco.content(), metainfo=metainfo, split=split))
    errors = [finding.text for finding in findings if finding.is_error]
    assert len(errors) == 1
    assert text in errors[0]
    assert f"{split}_dataloader.dataset" in errors[0]


def test_categories_in_another_order_than_their_ids() -> None:
    content = tiny_coco.content()
    content["categories"].reverse()
    assert "classes=('owl', 'dog', 'cat')" in the_finding(of_boxes(content)).text


def test_classes_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("dog\ncat\nowl\n")
    file = of_boxes(tiny_coco.content(), metainfo=dict(classes=str(path)))
    assert "class 0 is 'cat'" in the_finding(file).text
    path.write_text("cat\ndog\nowl\n")
    assert not check_coco_file(of_boxes(tiny_coco.content(), metainfo=dict(classes=str(path))))


def test_categories_that_are_left_out_are_a_warning() -> None:
    finding = the_finding(of_boxes(tiny_coco.content(), metainfo=dict(classes=("cat", "owl"))))
    assert not finding.is_error
    assert "does not name 'dog', which leaves out 13 of 40 annotations" in finding.text


def _supercategory(content: dict[str, Any]) -> None:
    content["categories"].insert(0, dict(id=0, name="animals"))


def test_a_category_without_boxes_may_be_left_out() -> None:
    """Exports of Roboflow start with one."""
    content = tiny_coco.content()
    _supercategory(content)
    assert not check_coco_file(of_boxes(content))


@pytest.mark.parametrize("id_", [0, 9])
@pytest.mark.parametrize("name", CLASSES)
def test_a_repeated_category(name: str, id_: int) -> None:
    content = tiny_coco.content()
    content["categories"].insert(0, dict(id=id_, name=name))
    finding = the_finding(of_boxes(content))
    assert finding.is_error
    assert f"the name {name!r} in 2 of 4 categories (id {id_}, " in finding.text


def test_the_only_category_repeated_as_id_0() -> None:
    content = tiny_coco.content()
    content["categories"] = [dict(id=0, name="ball"), dict(id=1, name="ball")]
    every("annotations", "category_id", 1)(content)
    finding = the_finding(of_boxes(content, metainfo=dict(classes=("ball",))))
    assert "the name 'ball' in 2 of 2 categories (id 0, 1)" in finding.text


def test_the_published_readers_of_other_orders_are_left_alone() -> None:
    """Objects365 numbers its categories by id."""
    content = tiny_coco.content()
    content["categories"].reverse()
    assert not check_coco_file(of_boxes(content, type="Objects365V1Dataset"))


# Keypoints


def _names(*names: Any) -> Break:
    return every("categories", "keypoints", list(names))


@pytest.mark.parametrize(
    "names",
    [
        POINTS,
        ("Nose", "Left-Eye", "right eye"),
        ("NOSE", "leftEye", "rightEye"),
        ("beak", "l_eye", "r_eye"),
        ("1", "2", "3"),
        ("nose",),
        (),
    ],
)
@pytest.mark.parametrize("split", ["train", "val"])
def test_other_spellings_of_keypoints_pass(names: Any, split: str) -> None:
    content = tiny_coco.content()
    _names(*names)(content)
    assert not check_coco_file(of_keypoints(content, split=split))


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("nose", "right_eye", "left_eye"), "keypoint 1 is 'right_eye' in its categories, but 'l"),
        (("Left-Eye", "Right-Eye", "Nose"), "keypoint 0 is 'Left-Eye' in its categories, but 'no"),
        (("nose", "right_eye", "mouth"), "keypoint 2 is 'mouth' in its categories"),
    ],
)
@pytest.mark.parametrize("split", ["train", "val"])
def test_keypoints_in_another_order(names: Any, text: str, split: str) -> None:
    content = tiny_coco.content()
    _names(*names)(content)
    finding = the_finding(of_keypoints(content, split=split))
    assert finding.is_error
    assert text in finding.text


def test_keypoints_of_the_type_count_where_the_config_names_none() -> None:
    content = tiny_coco.content()
    _names("right_eye", "nose", *map(str, range(15)))(content)
    every("annotations", "keypoints", [5, 5, 2] * 17)(content)
    finding = the_finding(of_keypoints(content, metainfo=None))
    assert "keypoint 0 is 'right_eye' in its categories, but 'nose'" in finding.text


@pytest.mark.parametrize("value", [None, "nose", [1, 2, 3], [None], {}])
def test_keypoints_that_are_no_names_pass(value: Any) -> None:
    content = tiny_coco.content()
    first("categories", "keypoints", value)(content)
    assert not check_coco_file(of_keypoints(content, metainfo=METAINFO))
