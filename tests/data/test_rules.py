"""No config that works has a fault, and all faults of one that does not are found at once."""

import pytest
from mmengine.config import Config

from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from tests.data.broken import CLS, findings, with_options
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


def test_faults_are_told_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"train_cfg.max_epochs": 1, "val_evaluator.topk": (1, 7)}
    monkeypatch.setattr("hrnet_mm.launch.building.build_runner", pytest.fail)
    with pytest.raises(UserError) as error:
        build_checked_runner(with_options(CLS, options), splits=("train", "val"))
    lines = str(error.value).splitlines()
    assert any(line.startswith("param_scheduler.1") for line in lines)
    assert any(line.startswith("val_evaluator.topk") for line in lines)


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
