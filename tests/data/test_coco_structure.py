"""Lists, ids and references of COCO files, before a reader dies of them or misreads them."""

import copy
from typing import Any

import pytest

from hrnet_mm.data.rules import check_coco_file
from tests.data import tiny_coco
from tests.data.tiny_coco import Break, every, first, of_boxes, of_keypoints, the_finding


@pytest.mark.parametrize("noun", ["images", "annotations", "categories"])
@pytest.mark.parametrize("value", [None, "text", {"1": {}}, [1, 2], [], "missing"], ids=repr)
def test_lists_that_mmdet_needs(noun: str, value: Any) -> None:
    content = tiny_coco.content()
    content[noun] = value
    if value == "missing":
        del content[noun]
    finding = next(f for f in check_coco_file(of_boxes(content)) if f.is_error)
    assert noun in finding.text


def test_lists_that_are_not_needed() -> None:
    content = tiny_coco.content()
    del content["categories"]
    assert not check_coco_file(of_keypoints(content))
    del content["annotations"]
    file = of_boxes(tiny_coco.content() | dict(annotations=[]), split="test")
    assert "list annotations is empty" in the_finding(file).text
    only_written = dict(type="CocoMetric", format_only=True)
    object.__setattr__(file.dataset, "metrics", (only_written,))
    assert not check_coco_file(file)


@pytest.mark.parametrize("read", [of_boxes, of_keypoints])
@pytest.mark.parametrize(
    "content", [[], [dict(image_id=1, bbox=[1, 2, 3, 4], score=0.5)], None, 3, "text", {}, True]
)
def test_files_of_something_else(read: Any, content: Any) -> None:
    findings = check_coco_file(read(content))
    assert findings
    assert all(finding.is_error for finding in findings)


def _repeat(noun: str, **changes: Any) -> Break:
    return lambda content: content[noun].append(content[noun][0] | changes)


@pytest.mark.parametrize("read", [of_boxes, of_keypoints])
@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (_repeat("images", file_name="other.jpg"), "2 of 6 images (id 10, 10)"),
        (_repeat("annotations"), "2 of 41 annotations (id 1, 1)"),
        (_repeat("annotations", image_id=11), "2 of 41 annotations (id 1, 1)"),
        (every("annotations", "id", 7), "40 of 40 annotations (id 7, 7, 7, 7, 7, ...)"),
        (_repeat("categories", name="emu"), "2 of 4 categories (id 1, 1)"),
    ],
)
def test_repeated_ids(read: Any, broken: Break, text: str) -> None:
    content = tiny_coco.content()
    broken(content)
    (error,) = [finding for finding in check_coco_file(read(content)) if finding.is_error]
    assert f"the same id in {text}" in error.text


def test_an_image_listed_twice_passes() -> None:
    content = tiny_coco.content()
    content["images"] += copy.deepcopy(content["images"])
    assert not check_coco_file(of_boxes(content))


def _text_of(key: str) -> Any:
    return lambda row: str(row[key])


@pytest.mark.parametrize(
    ("broken", "is_error", "text"),
    [
        (every("annotations", "image_id", _text_of("image_id")), True, "write both as numbers"),
        (every("images", "id", _text_of("id")), True, "write both as numbers"),
        (first("annotations", "image_id", "10"), True, "write both as numbers"),
        (every("annotations", "image_id", 99), True, "belong together"),
        (first("annotations", "image_id", 99), False, "1 of 40 annotations (id 1): these are not"),
        (lambda content: content["images"].pop(), False, "8 of 40 annotations"),
        (every("annotations", "category_id", _text_of("category_id")), True, "both as numbers"),
        (every("categories", "id", _text_of("id")), True, "write both as numbers"),
        (every("annotations", "category_id", lambda row: row["category_id"] - 1), True, "start"),
        (every("annotations", "category_id", lambda row: row["category_id"] + 1), True, "start"),
        (every("annotations", "category_id", 9), True, "the categories have the id 1, 2, 3"),
        (first("annotations", "category_id", 9), False, "these annotations 9"),
    ],
)
def test_ids_that_name_nothing(broken: Break, is_error: bool, text: str) -> None:
    content = tiny_coco.content()
    broken(content)
    finding = the_finding(of_boxes(content))
    assert finding.is_error == is_error
    assert text in finding.text


def test_text_may_be_an_id_for_mmdet() -> None:
    content = tiny_coco.content()
    every("images", "id", _text_of("id"))(content)
    every("annotations", "image_id", _text_of("image_id"))(content)
    assert not check_coco_file(of_boxes(content))
    assert "id is '10'" in the_finding(of_keypoints(content)).text
