"""Segmentation: the official recipes value by value."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch.nn.functional import cross_entropy

from hrnet_mm.models import ARCHS
from tests.zoo.configs import leaves, load
from tests.zoo.segmentation_recipes import CLASS_WEIGHTS, LEAF_OF, OFFICIAL, Recipe, official
from tests.zoo.test_segmentation_siblings import SIBLINGS, heads_of


def train_sets(cfg: Any) -> list[Any]:
    return cfg.train_dataloader.dataset.get("datasets") or [cfg.train_dataloader.dataset]


def test_every_leaf_is_a_sibling_or_pinned_here() -> None:
    assert LEAF_OF.keys() == OFFICIAL.keys() | {Path(name).stem for name in SIBLINGS}


@official
def test_official_schedule(stem: str, recipe: Recipe) -> None:
    cfg = load(LEAF_OF[stem])
    assert cfg.optim_wrapper.optimizer == dict(
        type="SGD", lr=recipe.lr, momentum=0.9, weight_decay=recipe.decay
    )
    parts = ("neck", "decode_head")
    keys = {part: dict(lr_mult=recipe.head_lr) for part in parts if recipe.head_lr != 1}
    assert cfg.optim_wrapper.get("paramwise_cfg", dict(custom_keys={})) == dict(custom_keys=keys)
    assert cfg.optim_wrapper.get("clip_grad") is None
    assert cfg.train_cfg.max_iters == recipe.iterations
    assert cfg.train_cfg.by_epoch is False
    assert cfg.param_scheduler == [
        dict(type="PolyLR", power=0.9, eta_min=0, begin=0, end=recipe.iterations, by_epoch=False)
    ]
    assert cfg.train_dataloader.batch_size == recipe.batch
    assert cfg.auto_scale_lr.base_batch_size == recipe.gpus * recipe.batch


@official
def test_official_data(stem: str, recipe: Recipe) -> None:
    cfg = load(LEAF_OF[stem])
    datasets = train_sets(cfg)
    assert len(datasets) == (2 if "trainval" in stem else 1)
    for dataset in datasets:
        assert dataset.type == recipe.data_set
        assert steps_of(dataset.pipeline) == expected_steps(recipe)
    if "trainval" in stem:
        assert [d.data_prefix.img_path for d in datasets] == [
            "leftImg8bit/train",
            "leftImg8bit/val",
        ]
    for split in ("val", "test"):
        assert cfg[f"{split}_dataloader"].dataset.type == recipe.data_set
        assert cfg[f"{split}_dataloader"].batch_size == 1


def steps_of(pipeline: Any) -> list[dict[str, Any]]:
    return [{k: plain(v) for k, v in step.items()} for step in pipeline]


def plain(value: Any) -> Any:
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


def expected_steps(recipe: Recipe) -> list[dict[str, Any]]:
    long_sides = [
        int(recipe.base * (0.5 + n / 10) + 0.5) for n in range(recipe.scales + 1)
    ]  # base_dataset.py:80-102
    flip: dict[str, Any] = dict(type="RandomFlip", prob=0.5)
    before: list[dict[str, Any]] = []
    if recipe.data_set == "LIPDataset":
        swapped = ((14, 15), (16, 17), (18, 19))
        before += [dict(flip, swap_seg_labels=swapped)]
        before += [dict(type="Resize", scale=(473, 473), keep_ratio=False)]
    if recipe.short:
        before += [dict(type="Resize", scale=(100_000, recipe.short), keep_ratio=True)]
    return [
        dict(type="LoadImageFromFile"),
        dict(type="LoadAnnotations"),
        *before,
        dict(
            type="RandomChoiceResize",
            scales=tuple((side, side) for side in long_sides),
            keep_ratio=True,
        ),
        dict(type="RandomCrop", crop_size=recipe.crop),
        *([dict(type="Pad", size=recipe.crop)] if recipe.padded else []),
        *([flip] if recipe.data_set != "LIPDataset" else []),
        dict(type="PackSegInputs"),
    ]


@official
def test_official_model(stem: str, recipe: Recipe) -> None:
    model = load(LEAF_OF[stem]).model
    heads = heads_of(model)
    assert model.type == ("CascadeEncoderDecoder" if recipe.ocr else "EncoderDecoder")
    assert [head.type for head in heads] == ["FCNHead", "OCRHead"][: len(heads)]
    assert model.backbone.arch == recipe.arch
    assert model.backbone.init_cfg.type == "Pretrained"
    assert model.backbone.upsample == "bilinear"
    assert model.data_preprocessor.size == recipe.crop
    assert (model.data_preprocessor.pad_val, model.data_preprocessor.seg_pad_val) == (0, 255)
    channels = ARCHS[recipe.arch].stage4.channels
    assert model.neck.in_channels == channels
    for head in heads:
        assert head.in_channels == sum(channels)
        assert head.num_classes == recipe.classes
    assert heads[0].channels == sum(channels)
    for part in (model.backbone, model.neck, *heads):
        assert part.get("align_corners", False) == recipe.aligned
    with_norm = [model.backbone, *(heads if recipe.ocr else [model.neck])]
    for part in with_norm:
        assert part.norm_cfg.type == "SyncBN"
        assert part.norm_cfg.get("momentum", 0.1) == recipe.momentum
    if recipe.ocr:
        first, last = heads
        assert not model.neck.with_conv
        assert (first.num_convs, first.kernel_size, first.dropout_ratio) == (1, 1, 0)
        assert (last.channels, last.ocr_channels, last.dropout_ratio) == (512, 256, 0.05)


@pytest.mark.parametrize("stem", [stem for stem, recipe in OFFICIAL.items() if recipe.ocr])
def test_official_ocr_heads_start_as_pytorch_makes_them(stem: str) -> None:
    init_default_scope("mmseg")
    for cfg in heads_of(load(LEAF_OF[stem]).model):
        head: Any = MODELS.build(dict(cfg, norm_cfg=dict(type="BN")))
        head.init_weights()
        convs = [module for module in head.modules() if isinstance(module, torch.nn.Conv2d)]
        assert len(convs) == (2 if cfg.type == "FCNHead" else 9)
        for conv in convs:  # uniform within 1 / sqrt(fan in): seg_hrnet_ocr.py:653 leaves it so
            limit = conv.weight[0].numel() ** -0.5
            assert conv.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.05)
            assert conv.weight.abs().max() <= limit


@official
def test_official_losses(stem: str, recipe: Recipe) -> None:
    *auxiliary, last = (dict(head.loss_decode) for head in heads_of(load(LEAF_OF[stem]).model))
    weights = [float(weight) for weight in CLASS_WEIGHTS.split()] if recipe.weighted else None
    cross_entropy = dict(type="CrossEntropyLoss", avg_non_ignore=True, class_weight=weights)
    for loss in auxiliary:
        # Beside OHEM the mean is over all pixels (criterion.py:58-67, 98-103 of HRNet-OCR).
        expected = dict(cross_entropy, loss_weight=0.4, avg_non_ignore=not recipe.hard)
        assert dict(class_weight=None) | loss == expected
    hard: dict[str, Any] = dict(type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072)
    expected = dict(hard, class_weight=weights) if recipe.hard else cross_entropy
    assert dict(class_weight=None, loss_weight=1.0) | last == dict(expected, loss_weight=1.0)


@pytest.mark.parametrize("stem", [stem for stem, r in OFFICIAL.items() if r.ocr and r.hard])
def test_ohem_beside_an_auxiliary_head_is_the_official_number(stem: str) -> None:
    heads = heads_of(load(LEAF_OF[stem]).model)
    classes = heads[0].num_classes
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(classes, (2, 40, 40), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.2] = 255
    scores = [3 * torch.randn(2, classes, 40, 40, generator=generator) for _ in heads]
    loss: Any = sum(
        MODELS.build(head.loss_decode)(score, labels, ignore_index=255)
        for head, score in zip(heads, scores, strict=True)
    )

    coarse, final = (
        cross_entropy(score, labels, reduction="none", ignore_index=255) for score in scores
    )
    losses = final[labels != 255]  # fewer than min_kept
    limit = (-losses).exp().max().clamp(min=0.9)
    hard = losses[(-losses).exp() < limit].mean()
    official = (0.4 * coarse + hard).mean()  # over all pixels: losses.mean() of function.py
    assert loss.item() == pytest.approx(official.item(), rel=1e-5)


@official
def test_official_tests(stem: str, recipe: Recipe) -> None:
    cfg = load(LEAF_OF[stem])
    whole: dict[str, Any] = dict(mode="whole")
    if recipe.windows:
        size, stride = recipe.windows
        whole = dict(mode="slide", crop_size=(size, size), stride=(stride, stride))
        assert stride == size * 2 // 3
    assert cfg.model.test_cfg == whole

    before: list[dict[str, Any]] = []
    if recipe.data_set == "LIPDataset":
        before = [dict(type="Resize", scale=(473, 473), keep_ratio=False)]
    if recipe.short:
        before = [dict(type="Resize", scale=(100_000, recipe.short), keep_ratio=True)]
    one_scale = [dict(type="Resize", scale=(recipe.base,) * 2, keep_ratio=True)]
    load_image, labels = dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")
    pack = dict(type="PackSegInputs")
    expected = [load_image, *before, *(one_scale if recipe.windows else []), labels, pack]
    for split in ("val", "test"):
        assert steps_of(cfg[f"{split}_dataloader"].dataset.pipeline) == expected

    *to_scale, views = cfg.tta_pipeline
    assert steps_of(to_scale) == [load_image, *before]
    *scales, mirrored, loading, packing = views.transforms
    assert [step.prob for step in mirrored] == [0.0, 1.0]
    assert (loading, packing) == ([labels], [pack])
    assert [[ratio_of(step, recipe) for step in steps] for steps in scales] == ratios(recipe)
    if recipe.data_set == "LIPDataset":
        swapped = ((14, 15), (16, 17), (18, 19))
        assert cfg.tta_model.type == "SegMirrorTTAModel"
        assert plain(cfg.tta_model.swapped) == swapped
    else:
        assert cfg.tta_model == dict(type="SegTTAModel")


def ratio_of(step: Any, recipe: Recipe) -> float:
    assert step.type == "Resize"
    assert step.keep_ratio
    if "scale_factor" in step:
        return step.scale_factor
    width, height = step.scale
    assert width == height
    return width / recipe.base


def ratios(recipe: Recipe) -> list[list[float]]:
    if recipe.data_set == "LIPDataset":
        return []
    cityscapes = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]
    return [cityscapes if recipe.data_set == "CityscapesDataset" else [*cityscapes, 2.0]]


@pytest.mark.parametrize(
    "stem",
    [
        "fcn_hr48_4xb3-140k_cityscapes-trainval-512x1024",
        "fcn_hr48_ohem-4xb3-140k_cityscapes-trainval-512x1024",
    ],
)
def test_second_training_begins_where_the_first_ends(stem: str) -> None:
    first = stem.replace("140k_cityscapes-trainval", "120k_cityscapes")
    iterations = load(LEAF_OF[first]).train_cfg.max_iters
    assert load(LEAF_OF[stem]).load_from == f"work_dirs/{first}/iter_{iterations}.pth"


@pytest.mark.parametrize("size", [(100, 300), (300, 100), (640, 480)], ids=str)
@pytest.mark.parametrize("data_set", ["lip", "pascal_context", "ade20k", "coco_stuff"])
def test_crops_of_photographs_are_whole_with_black_and_ignored_borders(
    data_set: str, size: tuple[int, int]
) -> None:
    init_default_scope("mmseg")
    for name in leaves(f"seg/{data_set}/official"):
        cfg = load(name)
        steps = [s for s in cfg.train_dataloader.dataset.pipeline if "Load" not in s["type"]]
        image = np.full((*size, 3), 200, np.uint8)
        sample = dict(img=image, img_shape=size, ori_shape=size, seg_fields=["gt_seg_map"])
        packed: Any = Compose(steps)(sample | dict(gt_seg_map=np.ones(size, np.uint8)))
        labels = packed["data_samples"].gt_sem_seg.data[0]
        assert labels.shape == packed["inputs"].shape[1:] == cfg.model.data_preprocessor.size
        border = labels == 255
        assert (packed["inputs"][:, border] == 0).all()
        assert (packed["inputs"][:, ~border] == 200).all()
