"""Predictions are written in the forms in which the toolboxes' metrics write them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.datasets import CocoDataset
from mmdet.evaluation import CocoMetric as DetectionMetric
from mmpose.evaluation import CocoMetric as PoseMetric
from mmseg.evaluation import IoUMetric
from PIL import Image
from pycocotools.coco import COCO

from hrnet_mm.apis.forms import (
    Naming,
    class_scores,
    coco_category_ids,
    coco_detections,
    coco_keypoints,
    image_id,
    label_image,
    label_shares,
    pose_rows,
)
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses

COCO_CLASSES = CocoDataset.METAINFO["classes"]
RANDOM = np.random.default_rng(0)


def _random(*shape: int, most: float = 1) -> np.ndarray:
    return RANDOM.uniform(0, most, shape).astype(np.float32)


def _boxes(number: int) -> np.ndarray:
    corners = _random(number, 2, most=20)
    return np.concatenate([corners, corners + 1 + _random(number, 2, most=20)], axis=1)


POSES = Poses(
    keypoints=_random(3, 17, 2, most=40),
    keypoint_scores=_random(3, 17),
    boxes=_boxes(3),
    scores=_random(3),
)
MASKS = RANDOM.uniform(size=(4, 30, 40)) > 0.5
DETECTIONS = Detections(
    boxes=_boxes(4), scores=_random(4), labels=np.array([0, 79, 11, 0]), masks=MASKS
)
LABELS = np.array([[0, 1, 1], [2, 255, 1]], dtype=np.uint8)
NAMING = Naming(classes=("a", "b", "c"), palette=((1, 2, 3), (4, 5, 6), (7, 8, 9)))


def _write_annotations(path: Path, categories: list[dict[str, Any]]) -> str:
    image = {"id": 785, "width": 40, "height": 30, "file_name": "000000000785.jpg"}
    content = {"images": [image], "annotations": [], "categories": categories}
    path.write_text(json.dumps(content | {"info": {}}))
    return str(path)


def test_keypoints_are_those_of_mmpose(tmp_path: Path) -> None:
    categories = [{"id": 1, "name": "person"}]
    metric = PoseMetric(
        ann_file=_write_annotations(tmp_path / "ann.json", categories),
        format_only=True,
        outfile_prefix=str(tmp_path / "out"),
        score_mode="bbox",
        nms_mode="none",
    )
    metric.dataset_meta = {"num_keypoints": 17, "sigmas": np.ones(17), "CLASSES": ["person"]}
    instances = {
        "keypoints": POSES.keypoints,
        "keypoint_scores": POSES.keypoint_scores,
        "bboxes": POSES.boxes,
        "bbox_scores": POSES.scores,
    }
    sample = {"id": 1, "img_id": 785, "pred_instances": instances, "gt_instances": {}}
    # mmpose gives each instance of a top-down model as a sample of its own.
    for i in range(3):
        one = {key: value[i : i + 1] for key, value in instances.items()}
        metric.process([], [sample | {"id": i, "pred_instances": one}])
    metric.evaluate(3)
    wanted = json.loads((tmp_path / "out.keypoints.json").read_text())
    assert json.loads(json.dumps(coco_keypoints(POSES, image_id=785))) == wanted
    assert len(wanted) == 3


@pytest.mark.parametrize("has_masks", [True, False])
def test_objects_are_those_of_mmdet(has_masks: bool, tmp_path: Path) -> None:
    ids = coco_category_ids(COCO_CLASSES)
    categories = [
        {"id": number, "name": name} for number, name in zip(ids, COCO_CLASSES, strict=True)
    ]
    ann_file = _write_annotations(tmp_path / "ann.json", categories)
    metric = DetectionMetric(
        ann_file=ann_file, format_only=True, outfile_prefix=str(tmp_path / "out")
    )
    metric.dataset_meta = {"classes": COCO_CLASSES}
    instances = {
        "bboxes": torch.from_numpy(DETECTIONS.boxes),
        "scores": torch.from_numpy(DETECTIONS.scores),
        "labels": torch.from_numpy(DETECTIONS.labels),
    }
    if has_masks:
        instances["masks"] = torch.from_numpy(MASKS)
    metric.process({}, [{"img_id": 785, "ori_shape": (30, 40), "pred_instances": instances}])
    metric.evaluate(1)
    kind = "segm" if has_masks else "bbox"
    wanted = json.loads((tmp_path / f"out.{kind}.json").read_text())
    detections = DETECTIONS if has_masks else replace(DETECTIONS, masks=None)
    records = coco_detections(detections, image_id=785, classes=COCO_CLASSES, category_ids=ids)
    records = json.loads(json.dumps(records))
    assert [record.pop("category") for record in records] == [
        *("person", "toothbrush", "stop sign", "person"),
    ]
    assert records == wanted
    named = tmp_path / "named.json"
    named.write_text(
        json.dumps(
            coco_detections(detections, image_id=785, classes=COCO_CLASSES, category_ids=ids)
        )
    )
    assert len(COCO(ann_file).loadRes(str(named)).anns) == 4


def test_category_ids() -> None:
    ids = coco_category_ids(COCO_CLASSES)
    assert (len(ids), ids[0], ids[11], ids[-1]) == (80, 1, 13, 90)
    assert coco_category_ids(COCO_CLASSES[::-1]) == list(range(1, 81))
    assert coco_category_ids(("cat", "dog")) == [1, 2]


def test_category_ids_are_those_of_a_file_of_coco(coco_tiny: Path) -> None:
    for path in coco_tiny.rglob("*instances*.json"):
        names = {c["name"]: c["id"] for c in json.loads(path.read_text())["categories"]}
        if len(names) == 80:
            ids = dict(zip(COCO_CLASSES, coco_category_ids(COCO_CLASSES), strict=True))
            assert names == ids


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("000000000785", 785),
        ("val2017/000000000785", 785),
        ("left/a7", "left/a7"),
        ("785.jpg", "785.jpg"),
        ("²", "²"),
        ("٣", "٣"),
    ],
)
def test_the_id_of_an_image(name: str, wanted: int | str) -> None:
    assert image_id(name) == wanted


@pytest.mark.parametrize("reduce_zero_label", [True, False])
def test_label_maps_are_those_of_mmseg(reduce_zero_label: bool, tmp_path: Path) -> None:
    metric = IoUMetric(format_only=True, output_dir=str(tmp_path))
    metric.dataset_meta = {"classes": NAMING.classes}
    labels = LABELS[:, :1] if reduce_zero_label else LABELS  # mmseg has no void of its own
    sample = {
        "pred_sem_seg": {"data": torch.from_numpy(labels.astype(np.int64))[None]},
        "img_path": "folder/image.jpg",
        "reduce_zero_label": reduce_zero_label,
    }
    metric.process({}, [sample])
    naming = replace(NAMING, reduce_zero_label=reduce_zero_label)
    label_image(LabelMap(labels=labels), naming=naming).save(tmp_path / "own.png")
    wanted = np.array(Image.open(tmp_path / "image.png"))
    own = Image.open(tmp_path / "own.png")
    assert own.mode == "P"
    assert np.array_equal(np.array(own), wanted)
    colors = np.array(own.convert("RGB"))
    for label, color in enumerate(NAMING.palette):
        assert (colors[labels == label] == color).all()


@pytest.mark.parametrize(("reduce_zero_label", "void"), [(True, 0), (False, 255)])
def test_pixels_without_a_class_are_ignored_by_the_metric(
    reduce_zero_label: bool, void: int
) -> None:
    naming = replace(NAMING, reduce_zero_label=reduce_zero_label)
    image = label_image(LabelMap(labels=LABELS), naming=naming)
    assert np.array(image)[1, 1] == void
    assert np.array(image.convert("RGB"))[1, 1].tolist() == [0, 0, 0]


def test_label_maps_have_the_same_scores_when_read_back(tmp_path: Path) -> None:
    from mmseg.datasets.transforms import LoadAnnotations

    label_image(LabelMap(labels=LABELS), naming=NAMING).save(tmp_path / "own.png")
    results: Any = {
        "seg_map_path": str(tmp_path / "own.png"),
        "seg_fields": [],
        "reduce_zero_label": False,
    }
    read: Any = LoadAnnotations()(results)
    assert np.array_equal(read["gt_seg_map"], LABELS)


def test_many_classes_have_16_bits(tmp_path: Path) -> None:
    labels = np.array([[0, 300], [65535, 299]], dtype=np.uint16)
    label_image(LabelMap(labels=labels), naming=NAMING).save(tmp_path / "own.png")
    assert np.array_equal(np.array(Image.open(tmp_path / "own.png")), labels)


def test_classes_of_a_label_map() -> None:
    assert label_shares(LabelMap(labels=LABELS), classes=NAMING.classes) == [
        {"label": 1, "category": "b", "share": 3 / 6},
        {"label": 0, "category": "a", "share": 1 / 6},
        {"label": 2, "category": "c", "share": 1 / 6},
    ]


def test_the_best_classes_of_an_image() -> None:
    result = ClassScores(scores=np.array([0.25, 0.5, 0.25]))
    assert class_scores(result, classes=NAMING.classes, top=2) == [
        {"label": 1, "category": "b", "score": 0.5},
        {"label": 0, "category": "a", "score": 0.25},
    ]
    assert len(class_scores(result, classes=NAMING.classes)) == 3


def test_rows_of_poses() -> None:
    poses = Poses(
        keypoints=np.array([[[1, 2], [3, 4]]]),
        keypoint_scores=np.array([[0.5, 0.25]]),
        boxes=np.zeros((1, 4)),
        scores=np.array([0.75]),
    )
    assert list(pose_rows(poses, name="a", frame=7, keypoints=("nose", "tail"))) == [
        ("a", 7, 0, 0.75, "nose", 1, 2, 0.5),
        ("a", 7, 0, 0.75, "tail", 3, 4, 0.25),
    ]


def test_nothing_found() -> None:
    poses = Poses(
        keypoints=np.zeros((0, 17, 2)),
        keypoint_scores=np.zeros((0, 17)),
        boxes=np.zeros((0, 4)),
        scores=np.zeros(0),
    )
    assert coco_keypoints(poses, image_id=1) == []
    assert list(pose_rows(poses, name="a", frame=None, keypoints=["k"] * 17)) == []
    none = Detections(
        boxes=np.zeros((0, 4)),
        scores=np.zeros(0),
        labels=np.zeros(0, dtype=int),
        masks=np.zeros((0, 3, 4), dtype=bool),
    )
    assert coco_detections(none, image_id=1, classes=["a"], category_ids=[1]) == []
    void = LabelMap(labels=np.full((2, 2), 255, dtype=np.uint8))
    assert label_shares(void, classes=["a"]) == []
