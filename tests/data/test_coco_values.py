"""Keys and values of COCO files, before a reader dies of them or misreads them."""

import math
from typing import Any

import pytest

from hrnet_mm.data.rules import check_coco_file
from tests.data import tiny_coco
from tests.data.tiny_coco import Break, every, first, of_boxes, of_keypoints, the_finding, without

NOT_IDS = [None, [1], {"id": 1}]
NOT_NUMBERS = [None, "1", [1], float("nan"), float("inf")]
NOT_BOXES = [None, [], [1, 2, 3], [1, 2, 3, 4, 5], ["1", "2", "3", "4"], "1 2 3 4", [1, 2, 3, None]]
IN_ALL_READERS = [
    *[first("images", "id", value) for value in NOT_IDS],
    *[first("images", "file_name", value) for value in (None, "", 1, ["0.jpg"])],
    *[first("images", key, value) for key in ("width", "height") for value in (*NOT_NUMBERS, 0)],
    *[first("annotations", "id", value) for value in NOT_IDS],
    *[first("annotations", "image_id", value) for value in NOT_IDS],
    *[first("annotations", "category_id", value) for value in NOT_IDS],
    *[first("annotations", "bbox", value) for value in NOT_BOXES],
    *[first("annotations", "iscrowd", value) for value in ("0", "false", [0])],
]


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("read", [of_boxes, of_keypoints])
@pytest.mark.parametrize("broken", range(len(IN_ALL_READERS)))
def test_values_that_no_reader_takes(read: Any, split: str, broken: int) -> None:
    content = tiny_coco.content()
    IN_ALL_READERS[broken](content)
    findings = check_coco_file(read(content, split=split))
    assert sum(finding.is_error for finding in findings) == 1, findings
    # Annotations of an image without an id are left out as well.
    assert all("no image has" in f.text for f in findings if not f.is_error), findings


BOTH = "train val"


@pytest.mark.parametrize(
    ("broken", "splits", "text"),
    [
        (without("annotations", "area"), BOTH, "no area in 40 of 40 annotations"),
        (first("annotations", "area", "5"), BOTH, "area is '5' in 1 of 40 annotations (id 1)"),
        (without("annotations", "bbox"), BOTH, "no bbox in 40 of 40 annotations"),
        (without("annotations", "iscrowd"), "val", "no iscrowd in 40 of 40 annotations"),
        (every("annotations", "iscrowd", "0"), BOTH, "iscrowd is '0' in 40 of 40"),
        (every("annotations", "ignore", "0"), BOTH, "ignore is '0' in 40 of 40"),
        (without("images", "width"), BOTH, "no width in 5 of 5 images"),
        (without("images", "file_name"), BOTH, "no file_name in 5 of 5 images (id 10, 11, 12,"),
        (without("categories", "name"), BOTH, "no name in 3 of 3 categories"),
        (without("annotations", "segmentation"), "val", "no segmentation in 40 of 40"),
        (every("annotations", "segmentation", []), "val", "no segmentation in 40 of 40"),
        (first("annotations", "segmentation", [1, 2, 3, 4, 5, 6]), "val", "segmentation is [1, 2,"),
    ],
)  # fmt: skip
def test_values_that_mmdet_needs(broken: Break, splits: str, text: str) -> None:
    for split in ("train", "val"):
        content = tiny_coco.content()
        broken(content)
        file = of_boxes(content, split=split)
        if split in splits:
            finding = the_finding(file)
            assert finding.is_error
            assert text in finding.text
        else:
            assert not check_coco_file(file)


def test_masks_are_needed_where_the_pipeline_loads_them() -> None:
    content = tiny_coco.content()
    content["annotations"][3]["segmentation"] = []
    assert not check_coco_file(of_boxes(content))
    pipeline = [dict(type="LoadAnnotations", with_bbox=True, with_mask=True)]
    finding = the_finding(of_boxes(content, pipeline=pipeline))
    assert "no segmentation in 1 of 40 annotations (id 4)" in finding.text


@pytest.mark.parametrize(
    ("broken", "train", "val", "epe"),
    [
        (without("annotations", "area"), None, "no area in 40", None),
        (without("annotations", "iscrowd"), None, None, None),
        (first("annotations", "keypoints", [1, 2, 2, 3]), "keypoints is [1", "keypoints is [1", ""),
        (first("annotations", "keypoints", ["1", 2, 2]), "keypoints is ['1", "keypoints is [", ""),
        (first("annotations", "keypoints", [math.nan, 2, 2]), "keypoints is [nan", "keypoints", ""),
        (first("annotations", "keypoints", [1, math.inf, 2]), "keypoints is [1, inf", "key", ""),
        (first("images", "id", "10"), "id is '10' in 1 of 5 images", "id is '10'", "id is '10'"),
    ],
)
def test_values_that_mmpose_needs(
    broken: Break, train: str | None, val: str | None, epe: str | None
) -> None:
    """Its CocoMetric needs more than training and than other metrics."""
    for split, metric, text in (
        ("train", "CocoMetric", train),
        ("val", "CocoMetric", val),
        ("val", "EPE", epe),
    ):
        content = tiny_coco.content()
        broken(content)
        errors = [
            finding.text
            for finding in check_coco_file(of_keypoints(content, split=split, metric=metric))
            if finding.is_error
        ]
        assert bool(errors) == (text is not None), errors
        assert not text or text in errors[0]


def test_what_a_reader_leaves_out_needs_no_values() -> None:
    content = tiny_coco.content()
    content["annotations"][0] |= dict(ignore=1, bbox=None, area=None)
    assert not check_coco_file(of_boxes(content))
    del content["annotations"][1]["keypoints"]
    del content["annotations"][2]["bbox"]
    content["annotations"][0]["bbox"] = [1, 2, 30, 40]
    assert not check_coco_file(of_keypoints(content))
