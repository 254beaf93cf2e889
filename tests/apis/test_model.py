"""A model, its weights and its names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import save_checkpoint

from hrnet_mm.apis.model import build_model, load_model, slide_over, usable_device
from hrnet_mm.apis.naming import naming_of
from hrnet_mm.errors import CheckpointError, UserError
from tests.apis.models import TASKS, ToyModel

CPU = torch.device("cpu")


def _resaved(model: ToyModel, path: Path, **meta: Any) -> str:
    content = torch.load(model.checkpoint, weights_only=False)
    save_checkpoint(dict(state_dict=content["state_dict"], meta=meta), str(path))
    return str(path)


@pytest.mark.parametrize("task", TASKS)
def test_the_names_are_the_checkpoints_own(
    task: str, toy_model: Callable[[str], ToyModel], tmp_path: Path
) -> None:
    model = toy_model(task)
    loaded = load_model(model.cfg, str(model.checkpoint), device=CPU)
    assert loaded.task == task
    meta: Any = dict(loaded.meta)
    if task == "pose":
        meta["keypoint_id2name"] = {i: f"point {i}" for i in range(17)}
    else:
        meta["classes"] = [f"class {i}" for i in range(len(loaded.classes))]
    renamed = _resaved(model, tmp_path / "renamed.pth", dataset_meta=meta)
    loaded = load_model(model.cfg, renamed, device=CPU)
    assert loaded.classes[1] in ("point 1", "class 1")


@pytest.mark.parametrize("task", TASKS)
def test_without_names_in_the_checkpoint_they_are_the_configs(
    task: str, toy_model: Callable[[str], ToyModel], tmp_path: Path
) -> None:
    model = toy_model(task)
    nameless = _resaved(model, tmp_path / "nameless.pth")
    named = load_model(model.cfg, str(model.checkpoint), device=CPU)
    if task == "cls":  # the names of a folder's classes are in no config
        with pytest.raises(UserError, match="has no names: neither it nor the dataset"):
            load_model(model.cfg, nameless, device=CPU)
    else:
        assert load_model(model.cfg, nameless, device=CPU).classes == named.classes


@pytest.mark.parametrize(
    ("task", "dataset", "number"),
    [("det", "CocoDataset", 80), ("seg", "CityscapesDataset", 19), ("cls", "ImageNet", 1000)],
)
def test_names_may_be_those_of_the_toolboxs_dataset(
    task: str,
    dataset: str,
    number: int,
    toy_model: Callable[[str], ToyModel],
    tmp_path: Path,
) -> None:
    model = toy_model(task)
    cfg = Config.fromfile(model.config)
    cfg.test_dataloader.dataset = dict(type=dataset)
    loaded = load_model(cfg, _resaved(model, tmp_path / "nameless.pth"), device=CPU)
    assert len(loaded.classes) == number
    assert naming_of(loaded).classes == loaded.classes


def test_names_of_old_files_are_read(toy_model: Callable[[str], ToyModel], tmp_path: Path) -> None:
    model = toy_model("seg")
    old = _resaved(
        model, tmp_path / "old.pth", CLASSES=list("abcdefghij"), PALETTE=[[0, 0, 0]] * 10
    )
    assert load_model(model.cfg, old, device=CPU).classes == tuple("abcdefghij")


def test_weights_of_another_model_are_refused(toy_model: Callable[[str], ToyModel]) -> None:
    with pytest.raises(
        CheckpointError, match=r"lacks 7 weights of the model, such as neck\.fuse_conv"
    ):
        load_model(toy_model("seg").cfg, str(toy_model("det").checkpoint), device=CPU)


def test_weights_of_other_shapes_are_refused(tmp_path: Path) -> None:
    backbone = dict(type="ResNet", depth=18)
    head = dict(type="LinearClsHead", num_classes=3, in_channels=512)
    model = dict(type="ImageClassifier", backbone=backbone, head=head)
    cfg = Config(dict(default_scope="mmpretrain", model=model))
    save_checkpoint(dict(state_dict=build_model(cfg).state_dict()), str(tmp_path / "three.pth"))
    cfg.model.head.num_classes = 5
    message = r"head\.fc\.weight has the shape \(3, 512\), that of the model \(5, 512\); give a"
    with pytest.raises(CheckpointError, match=message):
        load_model(cfg, str(tmp_path / "three.pth"), device=CPU)


def test_a_pose_head_of_other_keypoints_is_refused(tmp_path: Path) -> None:
    codec = dict(type="MSRAHeatmap", input_size=(32, 32), heatmap_size=(8, 8), sigma=2)
    head = dict(
        type="HeatmapHead",
        in_channels=512,
        out_channels=3,
        loss=dict(type="KeypointMSELoss"),
        decoder=codec,
    )
    backbone = dict(type="ResNet", depth=18)
    model = dict(type="TopdownPoseEstimator", backbone=backbone, head=head)
    cfg = Config(dict(default_scope="mmpose", model=model))
    save_checkpoint(dict(state_dict=build_model(cfg).state_dict()), str(tmp_path / "three.pth"))
    cfg.model.head.out_channels = 5
    with pytest.raises(CheckpointError, match=r"head\.final_layer\.weight has the shape \(3, 256"):
        load_model(cfg, str(tmp_path / "three.pth"), device=CPU)


def test_weights_that_a_model_resizes_itself_are_taken(tmp_path: Path) -> None:
    arch = dict(embed_dims=8, num_layers=1, num_heads=2, feedforward_channels=8)
    backbone = dict(type="VisionTransformer", arch=arch, img_size=32, patch_size=16)
    head = dict(type="VisionTransformerClsHead", num_classes=3, in_channels=8)
    model = dict(type="ImageClassifier", backbone=backbone, head=head)
    data = dict(dataset=dict(type="CustomDataset", classes=["a", "b", "c"]))
    cfg = Config(dict(default_scope="mmpretrain", model=model, test_dataloader=data))
    save_checkpoint(dict(state_dict=build_model(cfg).state_dict()), str(tmp_path / "small.pth"))
    cfg.model.backbone.img_size = 64
    loaded = load_model(cfg, str(tmp_path / "small.pth"), device=CPU)
    assert loaded.network.backbone.pos_embed.shape == (1, 17, 8)


def test_weights_that_were_saved_by_a_distributed_model_are_its(
    toy_model: Callable[[str], ToyModel], tmp_path: Path
) -> None:
    model = toy_model("seg")
    content = torch.load(model.checkpoint, weights_only=False)
    weights = {f"module.{name}": weight for name, weight in content["state_dict"].items()}
    save_checkpoint(dict(content, state_dict=weights), str(tmp_path / "ddp.pth"))
    loaded = load_model(model.cfg, str(tmp_path / "ddp.pth"), device=CPU)
    name = "decode_head.conv_seg.bias"
    torch.testing.assert_close(loaded.network.state_dict()[name], weights[f"module.{name}"])


def test_a_config_of_no_toolbox_is_refused() -> None:
    with pytest.raises(UserError, match="default_scope is 'mmaction'; choose from mmpose"):
        load_model(Config(dict(default_scope="mmaction")), "weights.pth", device=CPU)


@pytest.mark.parametrize("name", ["gpu", "cuda:99"])
def test_a_device_that_is_not_here_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"device '{name}' cannot be used: "):
        usable_device(name)


def test_windows_slide_over_the_image_in_its_own_size(
    toy_model: Callable[[str], ToyModel],
) -> None:
    cfg = Config.fromfile(toy_model("seg").config)
    slide_over(cfg, side=64, stride=48)
    assert cfg.model.test_cfg == dict(mode="slide", crop_size=(64, 64), stride=(48, 48))
    assert "Resize" not in [step["type"] for step in cfg.test_dataloader.dataset.pipeline]


@pytest.mark.parametrize(("task", "stride"), [("seg", 65), ("seg", 0), ("det", 48)])
def test_windows_that_do_not_fit_are_refused(
    task: str, stride: int, toy_model: Callable[[str], ToyModel]
) -> None:
    with pytest.raises(UserError, match="--slide"):
        slide_over(Config.fromfile(toy_model(task).config), side=64, stride=stride)
