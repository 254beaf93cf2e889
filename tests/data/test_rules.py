"""No config and no file that works has a fault, and all faults of one that does not are found."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.rules import check_coco_file
from hrnet_mm.data.run_config import RunConfig
from tests.conftest import REPOSITORY, SHARED_DATA
from tests.data import tiny_coco
from tests.data.broken import CLS, findings, with_options
from tests.data.tiny_coco import every, first, of_boxes, of_keypoints
from tests.integration.toy import small_toy
from tests.zoo.configs import leaves, load, stock

STOCK = [
    ("mmseg", "hrnet/fcn_hr18_4xb2-160k_cityscapes-512x1024.py"),
    ("mmseg", "ocrnet/ocrnet_hr48_4xb4-80k_ade20k-512x512.py"),
    ("mmseg", "pspnet/pspnet_r50-d8_4xb4-80k_ade20k-512x512.py"),
    ("mmseg", "unet/unet-s5-d16_fcn_4xb4-40k_chase-db1-128x128.py"),
    ("mmdet", "hrnet/faster-rcnn_hrnetv2p-w18-1x_coco.py"),
    ("mmdet", "hrnet/htc_hrnetv2p-w32_20e_coco.py"),
    ("mmdet", "hrnet/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py"),
    ("mmdet", "pascal_voc/faster-rcnn_r50_fpn_1x_voc0712.py"),
    (
        "mmpose",
        "body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py",
    ),
    (
        "mmpose",
        "face_2d_keypoint/topdown_heatmap/wflw/td-hm_hrnetv2-w18_8xb64-60e_wflw-256x256.py",
    ),
    ("mmpretrain", "hrnet/hrnet-w18_4xb32_in1k.py"),
    ("mmpretrain", "resnet/resnet18_8xb16_cifar10.py"),
]


@pytest.mark.parametrize("name", leaves())
def test_shipped_config_has_no_fault(name: str) -> None:
    cfg = load(name)
    splits = [split for split in ("train", "val", "test") if f"{split}_dataloader" in cfg]
    assert not findings(cfg, *splits)


@pytest.mark.parametrize(("toolbox", "name"), STOCK)
def test_config_of_a_toolbox_has_no_fault(toolbox: str, name: str) -> None:
    assert not findings(stock(toolbox, name))


def test_all_faults_are_found_at_once() -> None:
    options = {
        "train_dataloader.num_workers": 0,
        "data_preprocessor.std": [58.395, 0.0, 57.375],
        "val_evaluator.topk": (1, 10),
        "visualizer.vis_backends.0.type": "WandbVisBackend",
    }
    texts = [finding.text for finding in findings(with_options(CLS, options))]
    assert len(texts) == len(options)
    for key in ("train_dataloader.persistent_workers", "std", "val_evaluator.topk", "visualizer"):
        assert any(key in text for text in texts)


def test_splits_that_do_not_run_are_not_looked_at() -> None:
    cfg = with_options(CLS, {"val_evaluator.topk": (1, 10), "train_dataloader.num_workers": 0})
    assert not findings(cfg, "test")
    (finding,) = findings(cfg, "val")
    assert "val_evaluator" in finding.text


def test_a_config_without_parts_has_no_fault() -> None:
    whole = load(CLS)
    assert not findings(Config({}), "train", "val")
    for kept in ("train_dataloader", "model", "param_scheduler", "train_cfg", "val_evaluator"):
        assert not findings(Config({kept: whole[kept], "default_scope": "mmpretrain"}))


# COCO files

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
