"""Files of detected boxes that mmpose cannot use are named, after it has failed."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.data.file_rules import wrong_detections
from hrnet_mm.data.run_config import RunConfig
from tests.data import tiny_coco

DETECTION = dict(image_id=10, category_id=1, bbox=[1, 2, 3, 4], score=0.5)


def _texts(folder: Path, detections: Any) -> list[str]:
    (folder / "val.json").write_text(json.dumps(tiny_coco.content()))
    (folder / "found.json").write_text(json.dumps(detections))
    dataset = dict(
        type="CocoDataset",
        data_root=str(folder),
        ann_file="val.json",
        bbox_file=f"{folder}/found.json",
    )
    cfg = Config(dict(default_scope="mmpose", test_dataloader=dict(dataset=dataset)))
    return [finding.text for finding in wrong_detections(RunConfig(cfg=cfg, splits=("test",)))]


@pytest.mark.parametrize("detections", [[], [DETECTION], [DETECTION, DETECTION]])
def test_detections_of_listed_images_pass(tmp_path: Path, detections: Any) -> None:
    assert not _texts(tmp_path, detections)


@pytest.mark.parametrize(
    ("detections", "expected"),
    [
        (dict(annotations=[]), "holds no list: give a list of objects with image_id"),
        ("text", "holds no list"),
        ([1, 2], "give a list of objects"),
        ([DETECTION, [1]], "give a list of objects"),
        ([dict(image_id=10, bbox=[1, 2, 3, 4])], "lacks 'category_id', 'score' in 1 of 1"),
        ([DETECTION | dict(image_id=99)], "image_id 99, in 1 of 1; it lists 10, 11, 12, 13, 14)"),
        ([DETECTION, DETECTION | dict(image_id="10")], "image_id '10', in 1 of 2"),
        ([DETECTION | dict(image_id=None)], "image_id None, in 1 of 1"),
        ([DETECTION | dict(image_id=[1])], "in 1 of 1"),
        ([DETECTION, DETECTION | dict(bbox=[1, 2, 3])], "bbox [1, 2, 3] in 1 of 2 detections: giv"),
        ([DETECTION | dict(bbox=[1, 2, 3, 4, 0.5])], "bbox [1, 2, 3, 4, 0.5] in 1 of 1"),
        ([DETECTION | dict(bbox="1,2,3,4")], "bbox '1,2,3,4' in 1 of 1"),
        ([DETECTION | dict(bbox=[1, 2, 3, None])], "bbox [1, 2, 3, None] in 1 of 1"),
    ],
)
def test_detections_that_cannot_be_used(tmp_path: Path, detections: Any, expected: str) -> None:
    (text,) = _texts(tmp_path, detections)
    assert text.startswith(f"test_dataloader.dataset.bbox_file: {tmp_path}/found.json")
    assert expected in text


def test_no_json_is_left_to_another_rule(tmp_path: Path) -> None:
    assert not _texts(tmp_path, None)
