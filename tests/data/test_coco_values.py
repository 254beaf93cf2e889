"""Lists, keys, values and ids of COCO files, before a reader dies of them or misreads them."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.rules import check_coco_file
from hrnet_mm.data.run_config import RunConfig
from tests.conftest import REPOSITORY, SHARED_DATA
from tests.data import tiny_coco
from tests.data.tiny_coco import Break, every, first, of_boxes, of_keypoints, the_finding, without
from tests.integration.toy import small_toy

SPLITS = ("train", "val", "test")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("read", [of_boxes, of_keypoints])
def test_sound_files_pass(read: Any, split: str) -> None:
    assert not check_coco_file(read(tiny_coco.content(), split=split))


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ("det/bccd/ours/faster-rcnn_hrnetv2p-w18-small-v1_1xb4-12e_bccd-240x320.py", "bccd"),
        (
            "pose/mirror_mouse/ours/td-hm_hrnet-w18-small-v1_1xb8-60e_mirror-mouse-192x192.py",
            "mirror_mouse",
        ),
    ],
)
def test_real_files_pass(config: str, folder: str) -> None:
    if not (SHARED_DATA / folder).is_dir():
        pytest.skip(f"needs the dataset {folder} in {SHARED_DATA}")
    run = RunConfig(cfg=Config.fromfile(REPOSITORY / "configs" / config), splits=SPLITS)
    for dataset in run.datasets:
        path = SHARED_DATA / folder / dataset.options["ann_file"]
        content = json.loads(path.read_bytes())
        assert not check_coco_file(CocoFile(path=str(path), content=content, dataset=dataset))


@pytest.mark.parametrize("split", SPLITS)
def test_coco_itself_passes(coco_tiny: Path, split: str) -> None:
    content = json.loads((coco_tiny / "test_coco.json").read_bytes())
    assert not check_coco_file(of_keypoints(content, split=split, metainfo=None))


@pytest.mark.parametrize("task", ["pose", "det"])
def test_toy_scenes_pass(toy_scenes: Path, task: str) -> None:
    run = RunConfig(cfg=small_toy(task, toy_scenes), splits=SPLITS)
    for dataset in run.datasets:
        assert dataset.ann_file is not None
        content = json.loads(Path(dataset.ann_file).read_bytes())
        assert not check_coco_file(CocoFile(path="x.json", content=content, dataset=dataset))


# Keys and values

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


def test_metrics_of_several_datasets_are_not_those_of_each(toy_scenes: Path) -> None:
    cfg = small_toy("pose", toy_scenes)
    both = dict(type="CombinedDataset", datasets=[cfg.val_dataloader.dataset] * 2)
    assert RunConfig(cfg=cfg, splits=("val",)).datasets[0].metrics
    cfg.val_dataloader.dataset = both
    assert not any(dataset.metrics for dataset in RunConfig(cfg=cfg, splits=("val",)).datasets)


# Lists


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


GARBAGE = [None, 0, -1, 1e400, 10**400, "", "1", [], [[]], [None], {}, {"a": 1}, True, float("nan")]


@pytest.mark.parametrize("noun", ["images", "annotations", "categories"])
@pytest.mark.parametrize("read", [of_boxes, of_keypoints])
@pytest.mark.filterwarnings("error")
def test_no_content_makes_a_rule_fail(read: Any, noun: str) -> None:
    sound = tiny_coco.content(annotations=4)
    for value in GARBAGE:
        for key in [*sound[noun][0], "ignore", "extra"]:
            for change in (first(noun, key, value), every(noun, key, value)):
                content = copy.deepcopy(sound)
                change(content)
                check_coco_file(read(content, split="val"))
        check_coco_file(read(sound | {noun: value}, split="val"))
        check_coco_file(read(sound | {noun: [value, *sound[noun]]}, split="val"))


# Ids


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
    finding = the_finding(read(content))
    assert finding.is_error
    assert f"the same id in {text}" in finding.text


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
