"""ImageNet: the official recipe value by value, and mmpretrain's as mmpretrain has it."""

from pathlib import Path
from typing import Any

import mmpretrain.datasets
import mmpretrain.evaluation
import mmpretrain.models
import pytest
from mmpretrain import registry

from hrnet_mm.models import ARCHS
from tests.zoo.configs import leaves, load, stock
from tests.zoo.essence import Essence

LEAVES = leaves("cls/imagenet")
STOCK_FOLDER = Path(mmpretrain.__path__[0]) / ".mim/configs/hrnet"
STOCK = {path.name for path in STOCK_FOLDER.glob("*.py")}
SIBLINGS = [name for name in LEAVES if Path(name).name in STOCK]
OFFICIAL = {
    arch: f"cls/imagenet/official/hrnet-{arch.replace('_', '-')}_4xb32-100e_in1k.py"
    for arch in ARCHS
}
essence = Essence(registry.MODELS, registry.DATASETS, registry.TRANSFORMS, registry.METRICS)
LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")


def data_of(loader: Any) -> dict[str, Any]:
    dataset = essence(loader.dataset)
    # Ours names the folder that mmpretrain's class takes for the split anyway.
    assert dataset.pop("data_prefix", dataset["split"]) == dataset["split"]
    return dict(
        batch_size=loader.batch_size,
        sampler=(loader.sampler.type, loader.sampler.shuffle),
        dataset=dataset,
    )


def test_every_stock_config_has_a_sibling() -> None:
    assert {Path(name).name for name in SIBLINGS} == STOCK


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_is_optimised_as_in_mmpretrain(name: str) -> None:
    ours, theirs = load(name), stock("mmpretrain", f"hrnet/{Path(name).name}")
    assert ours.optim_wrapper == theirs.optim_wrapper
    assert ours.param_scheduler == [theirs.param_scheduler]
    assert ours.train_cfg == theirs.train_cfg
    assert ours.auto_scale_lr == theirs.auto_scale_lr


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_reads_the_data_of_mmpretrain(name: str) -> None:
    ours, theirs = load(name), stock("mmpretrain", f"hrnet/{Path(name).name}")
    for key, value in theirs.data_preprocessor.items():
        assert ours.data_preprocessor[key] == value
    for loader in LOADERS:
        assert data_of(ours[loader]) == data_of(theirs[loader])
    for evaluator in ("val_evaluator", "test_evaluator"):
        assert ours[evaluator] == theirs[evaluator]


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_has_the_model_of_mmpretrain(name: str) -> None:
    ours, theirs = load(name).model, stock("mmpretrain", f"hrnet/{Path(name).name}").model
    assert (ours.type, ours.head) == (theirs.type, theirs.head)
    assert ours.backbone == dict(type="HRNetBackbone", arch=theirs.backbone.arch)  # from scratch
    assert [neck.type for neck in ours.neck] == ["HRNetClsNeck", "GlobalAveragePooling"]
    assert ours.neck[0].in_channels == theirs.neck[0].in_channels
    assert ours.neck[1] == theirs.neck[1]


def test_every_width_has_an_official_recipe() -> None:
    assert sorted(OFFICIAL.values()) == sorted(set(LEAVES) - set(SIBLINGS))


@pytest.mark.parametrize("arch", OFFICIAL)
def test_official_schedule(arch: str) -> None:
    cfg = load(OFFICIAL[arch])
    assert cfg.optim_wrapper == dict(
        optimizer=dict(type="SGD", lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
    )
    (steps,) = cfg.param_scheduler
    assert (steps.type, steps.by_epoch, steps.gamma) == ("MultiStepLR", True, 0.1)
    assert (steps.milestones, steps.begin, steps.end) == ([30, 60, 90], 0, 100)
    assert cfg.train_cfg.max_epochs == 100
    assert cfg.train_dataloader.batch_size == 32
    assert cfg.auto_scale_lr.base_batch_size == 4 * 32


@pytest.mark.parametrize("arch", OFFICIAL)
def test_official_images(arch: str) -> None:
    cfg = load(OFFICIAL[arch])
    assert [cfg[loader].dataset.split for loader in LOADERS] == ["train", "val", "val"]
    assert cfg.train_dataloader.dataset.pipeline == [
        dict(type="LoadImageFromFile"),
        dict(type="RandomResizedCrop", scale=224, backend="pillow"),
        dict(type="RandomFlip", prob=0.5, direction="horizontal"),
        dict(type="PackInputs"),
    ]
    crop = essence.defaults_of("RandomResizedCrop")  # as torchvision's
    assert (crop["crop_ratio_range"], crop["interpolation"]) == ((0.08, 1.0), "bilinear")
    assert crop["aspect_ratio_range"] == (3 / 4, 4 / 3)
    assert cfg.val_dataloader.dataset.pipeline == [
        dict(type="LoadImageFromFile"),
        dict(type="ResizeEdge", scale=256, edge="short", backend="pillow"),
        dict(type="CenterCrop", crop_size=224),
        dict(type="PackInputs"),
    ]
    assert cfg.val_evaluator == dict(type="Accuracy", topk=(1, 5))
    preprocessor = cfg.data_preprocessor
    assert (preprocessor.num_classes, preprocessor.to_rgb) == (1000, True)
    assert preprocessor.mean == [123.675, 116.28, 103.53]
    assert preprocessor.std == [58.395, 57.12, 57.375]


@pytest.mark.parametrize("arch", OFFICIAL)
def test_official_model_is_trained_from_scratch(arch: str) -> None:
    model = load(OFFICIAL[arch]).model
    assert model.backbone == dict(type="HRNetBackbone", arch=arch)
    first, pooling = model.neck
    assert (first.type, pooling.type) == ("HRNetClsNeck", "GlobalAveragePooling")
    head = model.head
    assert (head.type, head.in_channels, head.num_classes) == ("LinearClsHead", 2048, 1000)
    assert head.loss == dict(type="CrossEntropyLoss", loss_weight=1.0)  # no smoothed labels
