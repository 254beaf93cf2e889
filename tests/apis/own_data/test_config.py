"""Configs for own data: short, complete, and without a fault that the checks before a run find."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.model_zoo import zoo_models
from hrnet_mm.apis.own_data import recipes
from hrnet_mm.apis.own_data.config import MAX_LINES, NewConfig, plan_config, write_config
from hrnet_mm.data.rules import check_config
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.data.surveys.survey import Request
from hrnet_mm.errors import UserError
from hrnet_mm.shipped import SHIPPED
from tests.data.surveys import test_coco, test_image_folder, test_masks

# One config of each kind: heads, codecs and losses differ.
KINDS = [
    "td-hm_hrnet-w18-small-v1_1xb8-60e_mirror-mouse-192x192",
    "td-hm_hrnet-w32_udp-8xb64-210e_coco-256x192",
    "td-hm_hrnet-w32_udp-regress-8xb64-210e_coco-256x192",
    "td-hm_hrnetv2-w18_awing-8xb64-60e_wflw-256x256",
    "faster-rcnn_hrnetv2p-w18-small-v1_1xb4-12e_bccd-240x320",
    "cascade-mask-rcnn_hrnetv2p-w18_20e_coco",
    "fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco",
    "fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320",
    "fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024",
    "ocrnet_hr18_4xb2-160k_cityscapes-512x1024",
    "cls_hrnet-w18-small-v1_18e_toy-64x64",
    "hrnet-w18_4xb32_in1k",
]
NOT_FOR_OWN_DATA = ("htc_", "ae_")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "is_available", lambda address: False)


def request_for(task: str, folder: Path) -> Request:
    """Write small data of a task."""
    if task == "cls":
        test_image_folder.write(folder / "all")
        return Request(data=folder / "all")
    if task == "seg":
        test_masks.write(folder, test_masks.pixels([0, 1, 2, 255]))
        return Request(data=folder / "masks", images=folder / "images")
    points = test_coco.with_keypoints(keypoints=["nose", "left_eye", "right_eye"])
    for annotation in points["annotations"]:
        annotation["segmentation"] = [[4, 6, 14, 6, 14, 18]]
    test_coco.survey(folder, points)
    return Request(data=folder / "all.json", images=folder)


def planned(task: str, folder: Path, **options: Any) -> NewConfig:
    return plan_config(request_for(task, folder), folder / "mine.py", task=task, **options)


def written(config: NewConfig) -> Config:
    write_config(config)
    return read_config(str(config.target))


def check(config: NewConfig) -> Config:
    cfg = written(config)
    text = config.target.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert [
        finding.text for finding in check_config(RunConfig(cfg=cfg, splits=("train", "val")))
    ] == []
    assert cfg.test_dataloader == cfg.val_dataloader
    assert cfg.test_evaluator == cfg.val_evaluator
    return cfg


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_shipped_config_can_be_the_base(name: str, tmp_path: Path) -> None:
    (model,) = [model for model in zoo_models() if model.name == name]
    check(planned(model.task, tmp_path, base=name))


@pytest.mark.slow
@pytest.mark.parametrize("model", zoo_models(), ids=lambda model: model.name)
def test_every_shipped_config_can_be_the_base(model: Any, tmp_path: Path) -> None:
    if model.name.startswith(NOT_FOR_OWN_DATA):
        with pytest.raises(UserError, match=model.name):
            planned(model.task, tmp_path, base=model.name)
    else:
        check(planned(model.task, tmp_path, base=model.name))


@pytest.mark.parametrize("task", ["pose", "det", "seg", "cls"])
def test_any_width_fits(task: str, tmp_path: Path) -> None:
    cfg = check(planned(task, tmp_path, arch="w30"))
    assert cfg.model.backbone.arch == "w30"


@pytest.mark.parametrize(
    ("task", "base"),
    [("pose", "td-hm_hrnet-w32_8xb64-210e_coco-256x192"), ("cls", "hrnet-w32_4xb32_in1k")],
)
def test_public_weights_are_loaded_where_they_can_be_fetched(
    task: str, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "is_available", lambda address: True)
    config = planned(task, tmp_path, arch="w32")
    assert config.recipe.base.name == base
    cfg = check(config)
    assert cfg.load_from == config.recipe.base.weights
    assert cfg.model.backbone.get("init_cfg") is None


def test_without_them_a_model_begins_from_scratch(tmp_path: Path) -> None:
    config = planned("det", tmp_path, base="faster-rcnn_hrnetv2p-w32-1x_coco")
    cfg = check(config)
    assert cfg.load_from is None
    assert cfg.model.backbone.init_cfg is None
    assert not cfg.model.backbone.norm_eval
    assert "cannot be fetched" in config.summary()


@pytest.mark.parametrize("count", [81, 1200])
def test_many_classes_fit(count: int, tmp_path: Path) -> None:
    request = request_for("cls", tmp_path)
    names = [f"a class with a long name, {i}" for i in range(count)]
    (tmp_path / "list.txt").write_text("".join(f"ant/{i}.png {i % 2}\n" for i in range(5)))
    request = Request(data=tmp_path / "list.txt", images=request.data, classes=names)
    cfg = check(plan_config(request, tmp_path / "mine.py", task="cls"))
    assert list(cfg.train_dataloader.dataset.metainfo.classes) == names
    assert cfg.model.head.num_classes == count


def test_many_keypoints_fit(tmp_path: Path) -> None:
    names = [f"{side}_point_{i}" for side in ("left", "right") for i in range(66)]
    content = test_coco.content()
    links = [[i, i + 1] for i in range(1, 132)]
    content["categories"][0] |= {"keypoints": names, "skeleton": links}
    content["categories"][1] |= {"keypoints": names}
    for annotation in content["annotations"]:
        annotation["keypoints"] = [5, 5, 2] * 132
    test_coco.survey(tmp_path, content)
    request = Request(data=tmp_path / "all.json", images=tmp_path)
    cfg = check(plan_config(request, tmp_path / "mine.py", task="pose"))
    metainfo = cfg.train_dataloader.dataset.metainfo
    assert metainfo.keypoint_info[3] == dict(name="left_point_3", id=3, swap="right_point_3")
    assert metainfo.skeleton_info[2].link == ("left_point_2", "left_point_3")


def test_persons_get_the_sigmas_of_coco(coco_tiny: Path, tmp_path: Path) -> None:
    content = json.loads((coco_tiny / "test_coco.json").read_text())
    (tmp_path / "all.json").write_text(json.dumps(content))
    request = Request(data=tmp_path / "all.json", images=coco_tiny)
    cfg = check(plan_config(request, tmp_path / "mine.py", task="pose"))
    assert cfg.train_dataloader.dataset.metainfo.sigmas[:2] == [0.026, 0.025]
    assert cfg.val_evaluator.type == "CocoMetric"
    assert "RandomFlip" in str(cfg.train_dataloader.dataset.pipeline)


@pytest.mark.parametrize(
    ("task", "data", "shipped"),
    [
        ("pose", "mirror_mouse", recipes.SMALL["pose"]),
        ("det", "bccd", recipes.SMALL["det"]),
        ("seg", "camvid", recipes.SMALL["seg"]),
    ],
)
def test_small_sets_get_what_their_own_configs_have(
    task: str, data: str, shipped: str, tmp_path: Path, mirror_mouse: Path
) -> None:
    folder = mirror_mouse.parent / data
    if task == "seg":
        request = Request(data=folder / "annotations", images=folder / "images")
    else:
        files = (folder / f"{part}.json" for part in ("train", "val"))
        request = Request(data=next(files), val=next(files), images=folder / "images")
    cfg = check(plan_config(request, tmp_path / "mine.py", task=task))
    own = read_config(shipped)
    assert cfg.train_cfg == own.train_cfg
    assert cfg.optim_wrapper == own.optim_wrapper
    assert cfg.model == own.model
    assert cfg.train_dataloader.batch_size == own.train_dataloader.batch_size
    sizes = {"pose": "TopdownAffine", "det": "Resize", "seg": "RandomCrop"}
    assert [step for step in cfg.train_dataloader.dataset.pipeline if step.type == sizes[task]] == [
        step for step in own.train_dataloader.dataset.pipeline if step.type == sizes[task]
    ]


def test_nothing_is_replaced_unless_it_is_said(tmp_path: Path) -> None:
    config = planned("det", tmp_path)
    paths = write_config(config)
    assert {path.name for path in paths} == {"mine.py", "mine_train.json", "mine_val.json"}
    with pytest.raises(UserError, match=r"mine_train\.json exists: give another --out"):
        write_config(config)
    write_config(config, overwrite=True)


def test_what_was_given_is_never_replaced(tmp_path: Path) -> None:
    request = request_for("det", tmp_path)
    data = request.data.rename(tmp_path / "mine_train.json")
    with pytest.raises(UserError, match=r"mine_train\.json would be replaced"):
        plan_config(Request(data=data, images=tmp_path), tmp_path / "mine.py", task="det")


def test_a_base_in_the_checkout_is_named_from_there(tmp_path: Path) -> None:
    config = planned("det", tmp_path)
    inside = NewConfig(
        survey=config.survey, recipe=config.recipe, target=SHIPPED / "configs/det/mine/mine.py"
    )
    assert '_base_ = "../bccd/ours/' in inside.text()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"base": "faster-rcnn_w32"}, "the nearest names: faster-rcnn_hrnetv2p"),
        ({"base": "hrnet-w18_4xb32_in1k"}, "is for cls, not for det; the nearest"),
        ({"arch": "w99"}, "--arch w99: choose from w18_small_v1"),
        ({"base": "faster-rcnn_hrnetv2p-w32-1x_coco", "arch": "w18"}, "leave out --arch w18"),
    ],
)
def test_a_wrong_base_or_width_is_refused(
    options: dict[str, str], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=fault):
        planned("det", tmp_path, **options)


def test_masks_need_masks(tmp_path: Path) -> None:
    test_coco.survey(tmp_path, test_coco.content())
    request = Request(data=tmp_path / "all.json", images=tmp_path)
    with pytest.raises(UserError, match="not all annotations have a segmentation"):
        plan_config(
            request, tmp_path / "mine.py", task="det", base="mask-rcnn_hrnetv2p-w18-1x_coco"
        )
