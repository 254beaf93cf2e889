"""Annotations and results, where xtcocotools reads them otherwise than pycocotools."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.compat.xtcocotools.coco import COCO

POINTS = [1, 2, 2, 3, 4, 1, 5, 6, 0]


def _content() -> dict[str, Any]:
    person = {"image_id": "a", "category_id": 1, "keypoints": POINTS, "bbox": [0, 0, 9, 9]}
    return {
        "images": [{"id": "a"}, {"id": "b"}],
        "categories": [{"id": 1, "name": "person", "supercategory": "animal"}],
        "annotations": [
            {**person, "id": 0, "area": 4.0},
            {**person, "id": 1, "area": 9.0, "iscrowd": 1},
        ],
    }


@pytest.fixture
def file(tmp_path: Path) -> str:
    """An annotation file."""
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(_content()))
    return str(path)


def test_a_file(file: str) -> None:
    coco = COCO(file)
    assert coco.anno_file == [file]
    assert [ann["iscrowd"] for ann in coco.dataset["annotations"]] == [False, 1]
    assert coco.getAnnIds(iscrowd=False) == [0]


def test_content_that_is_read_already_is_not_read_again() -> None:
    coco = COCO("no such file", None, _content())
    assert coco.anno_file == ["no such file"]
    assert coco.getImgIds() == ["a", "b"]
    assert coco.anns[0]["iscrowd"] is False


@pytest.mark.parametrize("test_index", [[2, 0], np.array([2, 0])])
def test_chosen_keypoints(file: str, test_index: Any) -> None:
    coco = COCO(file, test_index)
    assert [ann["keypoints"] for ann in coco.anns.values()] == 2 * [[5, 6, 0, 1, 2, 2]]


def test_strings_are_ids_and_names(file: str) -> None:
    coco = COCO(file)
    assert coco.getAnnIds("a") == coco.getAnnIds(["a"]) == [0, 1]
    assert coco.getImgIds("a") == ["a"]
    assert coco.getCatIds("person") == coco.getCatIds(supNms="animal") == [1]
    assert coco.getCatIds("person of fame") == []


def test_the_lower_end_of_an_area_range_belongs_to_it(file: str) -> None:
    assert COCO(file).getAnnIds(areaRng=[4, 9]) == [0]


@pytest.mark.parametrize("kind", ["list", "file", "content"])
def test_results(kind: str, file: str, tmp_path: Path) -> None:
    results = [{"image_id": "b", "category_id": 1, "keypoints": POINTS, "score": 0.5}]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    arguments = {"list": [results], "file": [str(path)], "content": ["no such file", results]}[kind]
    coco = COCO(file)
    loaded = coco.loadRes(*arguments)
    assert type(loaded) is COCO
    assert coco.anno_file == [file, arguments[0]]
    assert loaded.getAnnIds("b") == [1]
    assert loaded.anns[1]["bbox"] == [1, 2, 4, 4]
    assert loaded.anns[1]["area"] == 16


def test_no_results(file: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("[]")
    for empty in (str(path), []):
        loaded = COCO(file).loadRes(empty)
        assert loaded.getImgIds() == ["a", "b"]
        assert loaded.getAnnIds() == []


def test_results_on_other_images_are_refused(file: str) -> None:
    with pytest.raises(AssertionError, match="do not correspond"):
        COCO(file).loadRes([{"image_id": "c"}])
