"""Segmentation: mmseg's recipes are as mmseg has them."""

from pathlib import Path
from typing import Any

import mmseg.datasets
import mmseg.evaluation
import mmseg.models
import pytest
from mmseg import registry

from hrnet_mm.models import ARCHS
from tests.zoo.configs import leaves, load, stock
from tests.zoo.essence import Essence

DATA_SETS = ("cityscapes", "lip", "pascal_context", "ade20k", "coco_stuff")
LEAVES = [name for data_set in DATA_SETS for name in leaves(f"seg/{data_set}")]
STOCK_FOLDER = Path(mmseg.__path__[0]) / ".mim/configs"
STOCK = {path.stem: path.parent.name for path in STOCK_FOLDER.glob("*/*_hr*.py")}
SIBLINGS = [name for name in LEAVES if Path(name).parent.name == "mmseg"]
SPLITS = ("train", "val", "test")
essence = Essence(registry.MODELS, registry.DATASETS, registry.TRANSFORMS, registry.METRICS)


def stock_of(name: str) -> Any:
    return stock("mmseg", f"{STOCK[Path(name).stem]}/{Path(name).name}")


def pipeline_of(steps: Any, *, reduced: bool) -> list[Any]:
    """Describe a pipeline; that label 0 is dropped may be the dataset's word or the loader's."""
    described = essence(steps)
    for step in described:
        if step["type"] == "LoadAnnotations":
            assert step.pop("reduce_zero_label", reduced) == reduced
    return described


def data_of(loader: Any) -> dict[str, Any]:
    dataset = dict(loader.dataset)
    default = essence.defaults_of(dataset["type"]).get("reduce_zero_label", False)
    reduced = dataset.get("reduce_zero_label", default)
    pipeline = pipeline_of(dataset.pop("pipeline"), reduced=reduced)
    return dict(
        batch_size=loader.batch_size,
        sampler=(loader.sampler.type, loader.sampler.get("shuffle", True)),
        dataset=essence(dataset),
        pipeline=pipeline,
    )


def heads_of(model: Any) -> list[Any]:
    return model.decode_head if isinstance(model.decode_head, list) else [model.decode_head]


def head_of(head: Any) -> dict[str, Any]:
    """Describe a head without where its input is concatenated."""
    return dict(
        type=head.type,
        channels=head.channels,
        ocr_channels=head.get("ocr_channels"),
        num_classes=head.num_classes,
        dropout=max(head.get("dropout_ratio", 0.1), 0),
        align_corners=head.align_corners,
        loss=essence(head.loss_decode),
        sampler=head.get("sampler"),
    )


def test_siblings_are_those_of_the_longest_schedules() -> None:
    longest = {
        stem
        for stem in STOCK
        if ("160k" in stem and ("cityscapes" in stem or "ade20k" in stem))
        or stem.startswith("fcn_hr48_4xb4-80k_pascal-context")
    }
    assert {Path(name).stem for name in SIBLINGS} == longest


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_is_optimised_as_in_mmseg(name: str) -> None:
    ours, theirs = load(name), stock_of(name)
    assert essence(ours.optim_wrapper.optimizer) == essence(theirs.optim_wrapper.optimizer)
    assert ours.optim_wrapper.keys() <= {"type", "optimizer"}
    assert theirs.optim_wrapper.get("clip_grad") is None
    assert essence(ours.param_scheduler) == essence(theirs.param_scheduler)
    for key in ("max_iters", "val_interval"):
        assert ours.train_cfg[key] == theirs.train_cfg[key]
    gpus = 4
    assert ours.auto_scale_lr.base_batch_size == gpus * theirs.train_dataloader.batch_size


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_reads_the_data_of_mmseg(name: str) -> None:
    ours, theirs = load(name), stock_of(name)
    for split in SPLITS:
        loader = f"{split}_dataloader"
        expected, found = data_of(theirs[loader]), data_of(ours[loader])
        if "cityscapes" in name and split != "train":  # its images have that size
            assert expected["pipeline"][1] == dict(
                type="Resize", scale=[2048, 1024], keep_ratio=True
            )
        assert found == expected
    for evaluator in ("val_evaluator", "test_evaluator"):
        assert essence(ours[evaluator]) == essence(theirs[evaluator])


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_is_tested_on_the_views_of_mmseg(name: str) -> None:
    ours, theirs = load(name), stock_of(name)
    assert ours.tta_model == theirs.tta_model
    # mmseg has none for 60 classes.
    expected = theirs.get("tta_pipeline") or stock_of(SIBLINGS[0]).tta_pipeline
    assert essence(ours.tta_pipeline) == essence(expected)


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_has_the_model_of_mmseg(name: str) -> None:
    ours, theirs = load(name).model, stock_of(name).model
    for key in ("type", "num_stages", "data_preprocessor", "test_cfg"):
        assert essence(ours.get(key)) == essence(theirs.get(key))
    our_heads, their_heads = heads_of(ours), heads_of(theirs)
    assert [head_of(head) for head in our_heads] == [head_of(head) for head in their_heads]

    extra = theirs.backbone.extra
    arch = ARCHS[ours.backbone.arch]
    for stage in ("stage1", "stage2", "stage3", "stage4"):
        assert getattr(arch, stage).channels == extra[stage].num_channels
        assert getattr(arch, stage).blocks == extra[stage].num_blocks
        assert getattr(arch, stage).modules == extra[stage].num_modules
    assert ours.backbone.init_cfg == dict(type="Pretrained", checkpoint=theirs.pretrained)
    assert ours.backbone.upsample == "bilinear"
    assert not ours.backbone.get("align_corners", False)
    assert list(ours.neck.in_channels) == their_heads[0].in_channels

    # One 1×1 convolution and norm stand before the classifier: in the neck, or in the first head.
    in_neck, in_head = ours.neck.get("with_conv", True), our_heads[0].num_convs
    assert (in_neck + in_head, their_heads[0].num_convs, their_heads[0].kernel_size) == (1, 1, 1)
    norms = [ours.backbone, ours.neck if in_neck else our_heads[0], *our_heads[1:]]
    assert all(part.norm_cfg == dict(type="SyncBN") for part in norms)
    assert theirs.backbone.norm_cfg == dict(type="SyncBN", requires_grad=True)
