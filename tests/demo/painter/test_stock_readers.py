"""The stock datasets and evaluators read the toy scenes unchanged."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import hrnet_mm  # noqa: F401  repairs the toolboxes
from demo.painter import KEYPOINTS, PALETTE, SEMANTIC_CLASSES, THINGS, draw_scene
from tests.conftest import REPOSITORY
from tests.demo.painter.conftest import NUM_TRAIN, NUM_VAL

SPLITS = {"train": NUM_TRAIN, "val": NUM_VAL}


def read_coco(path: Path) -> Any:
    with redirect_stdout(StringIO()):
        return COCO(str(path))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", ["instances", "person_keypoints"])
def test_pycocotools_finds_areas_and_boxes_of_the_masks(toy, split, kind):
    coco = read_coco(toy / f"annotations/{kind}_{split}.json")
    assert len(coco.imgs) == SPLITS[split]
    assert min(coco.anns) >= 1  # COCOeval takes the id 0 for no match
    for annotation in coco.anns.values():
        runs = annotation["segmentation"]
        mask = coco.annToMask(annotation)
        assert mask.shape == (240, 320)
        assert annotation["area"] == mask.sum() == coco_mask.area(runs)
        assert annotation["bbox"] == coco_mask.toBbox(runs).tolist()
        assert annotation["iscrowd"] == 0


def test_masks_on_disk_are_those_of_the_scenes(toy):
    coco = read_coco(toy / "annotations/instances_val.json")
    scene = draw_scene(seed=3, split="val", index=2)
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=3))
    assert len(annotations) == len(scene.instances)
    for annotation, instance in zip(annotations, scene.instances, strict=True):
        np.testing.assert_array_equal(coco.annToMask(annotation), instance.mask)
        assert coco.cats[annotation["category_id"]]["name"] == instance.category


def test_people_are_in_both_json_files(toy):
    instances = read_coco(toy / "annotations/instances_train.json")
    people = read_coco(toy / "annotations/person_keypoints_train.json")
    assert people.cats[1]["keypoints"] == list(KEYPOINTS)
    assert set(people.anns) == set(instances.getAnnIds(catIds=1))
    for annotation in people.anns.values():
        visibility = annotation["keypoints"][2::3]
        assert annotation["num_keypoints"] == sum(value > 0 for value in visibility)


@pytest.mark.parametrize("task", ["keypoints", "bbox", "segm"])
def test_the_truth_scores_1(toy, task):
    kind = "person_keypoints" if task == "keypoints" else "instances"
    assert coco_precision(toy / f"annotations/{kind}_train.json", task, shift=0) == 1


def test_keypoints_that_are_off_score_less(toy):
    path = toy / "annotations/person_keypoints_train.json"
    assert coco_precision(path, "keypoints", shift=4) < 0.9


def coco_precision(path: Path, task: Any, *, shift: float) -> float:
    truth = read_coco(path)
    results = [
        dict(annotation, score=0.9) for annotation in json.loads(path.read_text())["annotations"]
    ]
    for result in results:
        if task == "keypoints":
            result["keypoints"] = (np.array(result["keypoints"]) + shift).tolist()
            del result["segmentation"], result["bbox"]
        elif task == "bbox":
            del result["segmentation"]
    with redirect_stdout(StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(results), task)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def test_mmpose_reads_the_keypoints(toy):
    from mmpose.datasets import CocoDataset
    from mmpose.evaluation import CocoMetric

    path = toy / "annotations/person_keypoints_train.json"
    dataset = CocoDataset(
        ann_file=str(path.relative_to(toy)),
        data_root=str(toy),
        data_prefix={"img": ""},
        pipeline=[],
    )
    people = json.loads(path.read_text())["annotations"]
    assert len(dataset) == len(people)
    sample = dataset[0]
    expected = np.array(people[0]["keypoints"]).reshape(1, 17, 3)
    np.testing.assert_allclose(sample["keypoints"], expected[..., :2], rtol=1e-6)
    np.testing.assert_array_equal(sample["keypoints_visible"], expected[..., 2] > 0)
    names = [dataset.metainfo["keypoint_id2name"][number] for number in range(17)]
    assert tuple(names) == KEYPOINTS
    metric = CocoMetric(ann_file=str(path))
    metric.dataset_meta = dataset.metainfo
    metric.process([], [as_prediction(dataset[index]) for index in range(len(dataset))])
    assert metric.evaluate(size=len(dataset))["coco/AP"] == 1


def as_prediction(sample: dict) -> dict:
    """What a perfect top-down model hands to mmpose's metrics."""
    scores = np.ones((1, 17), np.float32)
    return {
        "id": sample["id"],
        "img_id": sample["img_id"],
        "gt_instances": {"bbox_scores": np.ones(1)},
        "pred_instances": {
            "keypoints": sample["keypoints"],
            "keypoint_scores": scores,
            "bboxes": sample["bbox"],
            "bbox_scores": np.ones(1),
        },
    }


def test_mmdet_reads_the_instances(toy):
    from mmdet.datasets import CocoDataset

    dataset = CocoDataset(
        ann_file="annotations/instances_train.json",
        data_root=str(toy),
        data_prefix={"img": ""},
        metainfo={"classes": THINGS, "palette": list(PALETTE[4:])},
        pipeline=[
            {"type": "mmdet.LoadImageFromFile"},
            {"type": "mmdet.LoadAnnotations", "with_bbox": True, "with_mask": True},
        ],
    )
    assert len(dataset) == NUM_TRAIN
    sample, scene = dataset[4], draw_scene(seed=3, split="train", index=4)
    np.testing.assert_array_equal(sample["img"][..., ::-1], scene.image)
    assert [THINGS[label] for label in sample["gt_bboxes_labels"]] == [
        instance.category for instance in scene.instances
    ]
    np.testing.assert_array_equal(
        sample["gt_masks"].masks, [instance.mask for instance in scene.instances]
    )


CITYSCAPES_LAYOUT: dict[str, Any] = {
    "data_prefix": {"img_path": "leftImg8bit/val", "seg_map_path": "gtFine/val"},
    "pipeline": [{"type": "mmseg.LoadImageFromFile"}, {"type": "mmseg.LoadAnnotations"}],
}


def test_mmseg_reads_the_label_maps_by_name(toy):
    from mmseg.datasets import BaseSegDataset

    dataset = BaseSegDataset(
        data_root=str(toy),
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        metainfo={"classes": SEMANTIC_CLASSES, "palette": [list(colour) for colour in PALETTE]},
        **CITYSCAPES_LAYOUT,
    )
    assert dataset.metainfo["classes"] == SEMANTIC_CLASSES
    check_label_maps(dataset)


def test_mmseg_reads_the_label_maps_as_cityscapes(toy):
    """As they are: the class accepts no names but those of Cityscapes."""
    from mmseg.datasets import CityscapesDataset

    check_label_maps(CityscapesDataset(data_root=str(toy), **CITYSCAPES_LAYOUT))


def check_label_maps(dataset: Any) -> None:
    assert len(dataset) == NUM_VAL
    for index in range(NUM_VAL):
        sample, scene = dataset[index], draw_scene(seed=3, split="val", index=index)
        np.testing.assert_array_equal(sample["gt_seg_map"], scene.label_map)
        np.testing.assert_array_equal(sample["img"][..., ::-1], scene.image)


def test_mmpretrain_reads_the_single_objects(toy):
    from mmpretrain.datasets import CustomDataset

    dataset = CustomDataset(
        data_root=str(toy / "classification"),
        data_prefix="train",
        classes=sorted(THINGS),
        pipeline=[{"type": "mmpretrain.LoadImageFromFile"}],
    )
    labels = dataset.get_gt_labels()
    assert len(dataset) > NUM_TRAIN
    assert set(labels) == set(range(len(THINGS)))
    assert dataset[0]["img"].shape == (64, 64, 3)


def test_the_toy_segmentation_config_names_what_the_scenes_show():
    from mmengine.config import Config

    cfg = Config.fromfile(REPOSITORY / "configs/toy/seg_hrnetv2-w18-small-v1_toy-112x112.py")
    metainfo = cfg.train_dataloader.dataset.metainfo
    assert metainfo.classes == SEMANTIC_CLASSES
    assert tuple(map(tuple, metainfo.palette)) == PALETTE
