"""Detectors: the official recipe value by value, and mmdet's as mmdet has it."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

import mmdet.datasets
import mmdet.evaluation
import mmdet.models
import numpy as np
import pytest
import torch
from mmdet import registry

from tests.zoo.configs import leaves, load, stock
from tests.zoo.essence import Essence

STOCK_FOLDER = Path(mmdet.__path__[0]) / ".mim/configs/hrnet"
UNSHIPPED = {"htc_x101-64x4d_fpn_16xb1-28e_coco.py", "htc_hrnetv2p-w40_28e_coco.py"}
STOCK = {path.name for path in STOCK_FOLDER.glob("*.py")} - UNSHIPPED
SIBLINGS = leaves("det/coco/mmdet")
OFFICIAL = leaves("det/coco/official")
TWO_STAGES = [name for name in OFFICIAL if "fcos" not in name]
essence = Essence(
    registry.MODELS, registry.TASK_UTILS, registry.DATASETS, registry.TRANSFORMS, registry.METRICS
)
CHANNELS = dict(w18=18, w32=32, w40=40, w48=48)


def model_of(cfg: Any) -> dict[str, Any]:
    """Describe a model without its backbone and neck."""
    return {k: v for k, v in essence(cfg.model).items() if k not in ("backbone", "neck")}


def data_of(loader: Any) -> dict[str, Any]:
    dataset = essence(loader.dataset)
    if loader.dataset.get("test_mode"):  # the evaluator reads the labels from its own file
        dataset["pipeline"] = [s for s in dataset["pipeline"] if s["type"] != "LoadAnnotations"]
    return dict(
        batch_size=loader.batch_size,
        sampler=(loader.sampler.type, loader.sampler.shuffle),
        batch_sampler=essence(loader.get("batch_sampler")),
        dataset=dataset,
    )


def optimizer_of(cfg: Any) -> dict[str, Any]:
    return {k: v for k, v in essence(cfg.optim_wrapper).items() if k != "type" and v is not None}


def test_every_stock_config_has_a_sibling() -> None:
    assert {Path(name).name for name in SIBLINGS} == STOCK


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_is_optimised_as_in_mmdet(name: str) -> None:
    ours, theirs = load(name), stock("mmdet", f"hrnet/{Path(name).name}")
    assert optimizer_of(ours) == optimizer_of(theirs)
    assert essence(ours.param_scheduler) == essence(theirs.param_scheduler)
    assert ours.train_cfg.max_epochs == theirs.train_cfg.max_epochs
    assert ours.train_cfg.val_interval == theirs.train_cfg.val_interval
    assert ours.auto_scale_lr.base_batch_size == theirs.auto_scale_lr.base_batch_size


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_reads_the_data_of_mmdet(name: str) -> None:
    ours, theirs = load(name), stock("mmdet", f"hrnet/{Path(name).name}")
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        assert data_of(ours[loader]) == data_of(theirs[loader])
    for evaluator in ("val_evaluator", "test_evaluator"):
        assert essence(ours[evaluator]) == essence(theirs[evaluator])


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_has_the_model_of_mmdet(name: str) -> None:
    ours, theirs = load(name), stock("mmdet", f"hrnet/{Path(name).name}")
    assert model_of(ours) == model_of(theirs)

    neck, backbone = theirs.model.neck, theirs.model.backbone
    assert essence(ours.model.neck.in_channels) == essence(neck.in_channels)
    for key, default in dict(out_channels=256, num_outs=5, stride=1).items():
        assert ours.model.neck.get(key, default) == neck.get(key, default)
    assert ours.model.backbone.init_cfg == backbone.init_cfg
    assert CHANNELS[ours.model.backbone.arch] == backbone.extra.stage4.num_channels[0]
    assert ours.model.backbone.norm_eval == backbone.get("norm_eval", True)
    assert {"norm_cfg", "frozen_stages"}.isdisjoint(ours.model.backbone.keys() | backbone.keys())


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a family of the official recipes is optimised."""

    names: str
    epochs: int
    milestones: list[int]
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 1e-4
    max_norm: float = 35
    warm_up: str = "LinearLR"
    warm_up_steps: int = 500
    warm_up_ratio: float = 1 / 3
    biases: dict[str, float] | None = None
    images: int = 8  # of one step, on all GPUs


FCOS_BIASES = dict(bias_lr_mult=2.0, bias_decay_mult=0.0)
SCHEDULES = [
    Schedule(names="*_4xb2-1x_*", epochs=12, milestones=[8, 11]),
    Schedule(names="*_4xb2-2x_*", epochs=24, milestones=[20, 23]),
    Schedule(names="*_4xb2-20e_*", epochs=20, milestones=[16, 19]),
    Schedule(names="*_4xb2-28e_*", epochs=28, milestones=[24, 27]),
    Schedule(names="*_syncbn-*8xb2-1x_*", epochs=12, milestones=[8, 11], lr=0.02, images=16),
    Schedule(names="*_syncbn-*8xb2-2x_*", epochs=24, milestones=[20, 23], lr=0.02, images=16),
    Schedule(
        names="fcos_*_8xb2-1x_*",
        epochs=12,
        milestones=[8, 11],
        warm_up="ConstantLR",
        biases=FCOS_BIASES,
        images=16,
    ),
    Schedule(
        names="fcos_*8xb2-2x_*",
        epochs=24,
        milestones=[16, 22],
        warm_up="ConstantLR",
        biases=FCOS_BIASES,
        images=16,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Images:
    """What a family of the official recipes trains on."""

    names: str
    scales: list[tuple[int, int]]
    crop: tuple[int, int] | None = None
    pad: tuple[int, int] | None = None  # width, height of every batch
    flip: float = 0.5
    smallest: int = 32
    divisor: int = 32
    masks: bool = False
    stuff: bool = False


IMAGES = [
    Images(names="faster-rcnn_*_4xb2-*", scales=[(1333, 800)]),
    Images(names="faster-rcnn_*_syncbn-8xb2-*", scales=[(1333, 800)]),
    Images(
        names="faster-rcnn_*_syncbn-ms-*",
        scales=[(1600, 1000), (1000, 600), (1333, 800)],
    ),
    Images(
        names="faster-rcnn_*_syncbn-crop-*",
        scales=[(1400, 600), (1400, 800), (1400, 1000)],
        crop=(1200, 800),
        pad=(1216, 800),
    ),
    Images(names="mask-rcnn_*", scales=[(1333, 800)], masks=True),
    Images(names="cascade-rcnn_*", scales=[(1333, 800)]),
    Images(names="cascade-mask-rcnn_*", scales=[(1333, 800)], masks=True),
    Images(names="htc_*", scales=[(1333, 800)], masks=True, stuff=True),
    Images(names="fcos_*-gn-head_8xb2-*", scales=[(1333, 800)]),
    Images(names="fcos_*-gn-head_ms-640-800-*", scales=[(1333, 640), (1333, 800)]),
]


@dataclass(frozen=True, kw_only=True)
class Heads:
    """What a family of the official detectors in two stages does with boxes."""

    names: str
    type: str
    ious: list[float]  # of a positive box, for each stage
    box_beta: float = 1.0
    mask_heads: int = 0
    score_thr: float = 0.05


HEADS = [
    Heads(names="faster-rcnn_*", type="FasterRCNN", ious=[0.5]),
    Heads(names="mask-rcnn_*", type="MaskRCNN", ious=[0.5], mask_heads=1),
    Heads(names="cascade-rcnn_*", type="CascadeRCNN", ious=[0.5, 0.6, 0.7]),
    Heads(names="cascade-mask-rcnn_*", type="CascadeRCNN", ious=[0.5, 0.6, 0.7], mask_heads=1),
    Heads(
        names="htc_*",
        type="HybridTaskCascade",
        ious=[0.5, 0.6, 0.7],
        mask_heads=3,
        score_thr=0.001,
    ),
]


Row = TypeVar("Row", Schedule, Images, Heads)


def only(rows: list[Row], name: str) -> Row:
    """Find the one row that a config is of."""
    (row,) = [row for row in rows if fnmatch(Path(name).name, row.names)]
    return row


def as_list(node: Any) -> list[Any]:
    return list(node) if isinstance(node, (list, tuple)) else [node]


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_schedule(name: str) -> None:
    cfg, row = load(name), only(SCHEDULES, name)
    assert cfg.train_cfg.max_epochs == row.epochs
    assert cfg.optim_wrapper.optimizer == dict(
        type="SGD", lr=row.lr, momentum=row.momentum, weight_decay=row.weight_decay
    )
    assert cfg.optim_wrapper.clip_grad == dict(max_norm=row.max_norm, norm_type=2)
    assert cfg.optim_wrapper.get("paramwise_cfg") == row.biases

    warm_up, steps = cfg.param_scheduler
    assert (warm_up.type, warm_up.by_epoch) == (row.warm_up, False)
    assert (warm_up.begin, warm_up.end) == (0, row.warm_up_steps)
    assert warm_up.get("start_factor", warm_up.get("factor")) == row.warm_up_ratio
    assert (steps.type, steps.by_epoch, steps.gamma) == ("MultiStepLR", True, 0.1)
    assert (steps.milestones, steps.begin, steps.end) == (row.milestones, 0, row.epochs)

    named = re.search(r"(\d)xb(\d)-", name)
    assert named is not None
    gpus, images = map(int, named.groups())
    assert cfg.train_dataloader.batch_size == images
    assert cfg.auto_scale_lr.base_batch_size == gpus * images == row.images


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_images(name: str) -> None:
    cfg, row = load(name), only(IMAGES, name)
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    kinds = ["LoadImageFromFile", "LoadAnnotations"]
    kinds += ["Resize" if len(row.scales) == 1 else "RandomChoiceResize"]
    kinds += ["RandomCrop"] * (row.crop is not None) + ["RandomFlip", "PackDetInputs"]
    assert list(steps) == kinds
    resize = steps[kinds[2]]
    assert resize.keep_ratio
    assert [tuple(scale) for scale in resize.get("scales", [resize.get("scale")])] == row.scales
    assert steps["RandomFlip"] == dict(type="RandomFlip", prob=row.flip)
    if row.crop:
        assert steps["RandomCrop"] == dict(type="RandomCrop", crop_size=row.crop)
    labels = steps["LoadAnnotations"]
    assert (labels.get("with_mask", False), labels.get("with_seg", False)) == (row.masks, row.stuff)
    train, val = cfg.train_dataloader, cfg.val_dataloader
    assert train.dataset.filter_cfg == dict(filter_empty_gt=True, min_size=row.smallest)
    assert train.dataset.ann_file == "annotations/instances_train2017.json"
    prefix = dict(img="train2017/") | (dict(seg="stuffthingmaps/train2017/") if row.stuff else {})
    assert train.dataset.data_prefix == prefix
    assert val.dataset.ann_file == "annotations/instances_val2017.json"
    (tested,) = [step for step in val.dataset.pipeline if step.type == "Resize"]
    assert (tuple(tested.scale), tested.keep_ratio) == ((1333, 800), True)
    assert as_list(cfg.val_evaluator.metric) == (["bbox", "segm"] if row.masks else ["bbox"])

    preprocessor = cfg.model.data_preprocessor
    assert preprocessor.bgr_to_rgb
    assert preprocessor.mean == [123.675, 116.28, 103.53]
    assert preprocessor.std == [58.395, 57.12, 57.375]
    assert preprocessor.pad_size_divisor == row.divisor
    pads = [dict(type="BatchFixedSizePad", size=row.pad[::-1])] if row.pad else None
    assert preprocessor.get("batch_augments") == pads


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_norms(name: str) -> None:
    backbone = load(name).model.backbone
    if "syncbn" in name:
        assert (backbone.norm_cfg, backbone.norm_eval) == (dict(type="SyncBN"), False)
    else:
        assert "norm_cfg" not in backbone
        assert backbone.norm_eval
    assert backbone.arch in name
    assert backbone.init_cfg.type == "Pretrained"


@pytest.mark.parametrize("name", TWO_STAGES)
def test_official_proposals(name: str) -> None:
    model, row = load(name).model, only(HEADS, name)
    assert model.type == row.type
    anchors = model.rpn_head.anchor_generator
    assert (anchors.scales, anchors.ratios) == ([8], [0.5, 1.0, 2.0])
    assert anchors.strides == [4, 8, 16, 32, 64]
    assert (anchors.type, anchors.center_offset) == ("LegacyAnchorGenerator", 0.5)
    assert model.rpn_head.bbox_coder == dict(type="LegacyDeltaXYWHBBoxCoder")
    assert model.rpn_head.loss_bbox == dict(type="SmoothL1Loss", beta=1 / 9, loss_weight=1.0)
    rpn = model.train_cfg.rpn
    assert rpn.allowed_border == 0
    assert rpn.sampler == dict(
        type="RandomSampler", num=256, pos_fraction=0.5, add_gt_as_proposals=False
    )
    for proposals in (model.train_cfg.rpn_proposal, model.test_cfg.rpn):
        assert (proposals.nms_pre, proposals.max_per_img) == (2000, 2000)
        assert proposals.nms == dict(type="nms", iou_threshold=0.7)


def test_official_anchors_lie_as_in_mmdet_0() -> None:
    generator: Any = registry.TASK_UTILS.build(load(TWO_STAGES[0]).model.rpn_head.anchor_generator)
    for level, stride in enumerate(generator.strides):
        side, middle = 8 * stride[0], (stride[0] - 1) / 2
        across, down = np.meshgrid(np.arange(3) * stride[0], np.arange(2) * stride[0])
        found = generator.single_level_grid_priors((2, 3), level, device="cpu").view(2, 3, 3, 4)
        for index, ratio in enumerate((0.5, 1.0, 2.0)):
            # anchor_generator.py of mmdet 0.6: it includes its last pixel, and its edges are whole.
            size = np.array([side / ratio**0.5, side * ratio**0.5])
            corners = np.concatenate([middle - (size - 1) / 2, middle + (size - 1) / 2]).round()
            expected = np.stack([across, down, across, down], -1) + corners
            np.testing.assert_allclose(found[:, :, index], expected, atol=1e-4)


def test_official_boxes_are_coded_as_in_mmdet_0() -> None:
    model = load(TWO_STAGES[0]).model
    proposal, truth = torch.tensor([[10.0, 20, 29, 59]]), torch.tensor([[12.0, 16, 51, 55]])
    for cfg in [part.bbox_coder for part in (model.rpn_head, *as_list(model.roi_head.bbox_head))]:
        coder: Any = registry.TASK_UTILS.build(cfg)
        stds = torch.tensor(cfg.get("target_stds", [1.0] * 4))
        # bbox2delta of mmdet 0.6: 20 wide and 40 high, to 40 wide and 40 high.
        expected = torch.tensor([12 / 20, -4 / 40, np.log(2), 0]) / stds
        code = coder.encode(proposal, truth)
        torch.testing.assert_close(code[0], expected.float())
        # Read from edge to edge, so that x2 - x1 is the width, as mmdet 3 takes it to be.
        edges = truth + torch.tensor([-0.5, -0.5, 0.5, 0.5])
        torch.testing.assert_close(coder.decode(proposal, code), edges)


def test_official_rois_are_read_from_pixel_corners() -> None:
    cfg = load(TWO_STAGES[0]).model.roi_head.bbox_roi_extractor
    ramp = torch.arange(64.0).repeat(1, 256, 64, 1)  # the value of a cell is its column
    rois = torch.tensor([[0.0, 8, 8, 36, 36]])  # cells 2 to 9, in bins of 1
    bins = registry.MODELS.build(cfg)([ramp] * 4, rois)
    torch.testing.assert_close(bins[0, 0, 0], 2.5 + torch.arange(7.0))


@pytest.mark.parametrize("name", TWO_STAGES)
def test_official_stages(name: str) -> None:
    model, row = load(name).model, only(HEADS, name)
    stages = as_list(model.train_cfg.rcnn)
    assert [stage.assigner.pos_iou_thr for stage in stages] == row.ious
    for stage in stages:
        assert stage.assigner.neg_iou_thr == stage.assigner.pos_iou_thr
        assert stage.assigner.min_pos_iou == stage.assigner.pos_iou_thr
        assert stage.sampler == dict(type="RandomSampler", num=512, pos_fraction=0.25)
        assert stage.get("mask_size") == (28 if row.mask_heads else None)
    boxes = as_list(model.roi_head.bbox_head)
    assert len(boxes) == len(stages)
    for head in boxes:
        assert head.loss_bbox == dict(type="SmoothL1Loss", beta=row.box_beta, loss_weight=1.0)
        assert head.reg_class_agnostic == (len(stages) > 1)
        assert head.bbox_coder.type == "LegacyDeltaXYWHBBoxCoder"

    extractors = [model.roi_head[key] for key in model.roi_head if key.endswith("_extractor")]
    assert len(extractors) == 1 + bool(row.mask_heads) + (row.type == "HybridTaskCascade")
    for extractor in extractors:
        assert (extractor.roi_layer.sampling_ratio, extractor.roi_layer.aligned) == (2, False)
    assert model.roi_head.bbox_roi_extractor.roi_layer.output_size == 7
    assert model.roi_head.bbox_roi_extractor.featmap_strides == [4, 8, 16, 32]
    if row.mask_heads:
        assert len(as_list(model.roi_head.mask_head)) == row.mask_heads
        assert model.roi_head.mask_roi_extractor.roi_layer.output_size == 14

    rcnn = model.test_cfg.rcnn
    assert (rcnn.score_thr, rcnn.max_per_img) == (row.score_thr, 100)
    assert rcnn.nms == dict(type="nms", iou_threshold=0.5)


@pytest.mark.parametrize("name", [name for name in OFFICIAL if "fcos" in name])
def test_official_fcos(name: str) -> None:
    model = load(name).model
    assert (model.type, model.neck.stride) == ("FCOS", 2)
    assert model.bbox_head.strides == [8, 16, 32, 64, 128]
    assert "norm_cfg" not in model.bbox_head  # mmdet's default is group norm
    assert model.test_cfg.score_thr == 0.05
    assert model.test_cfg.max_per_img == 100
    assert model.test_cfg.nms == dict(type="nms", iou_threshold=0.5)
