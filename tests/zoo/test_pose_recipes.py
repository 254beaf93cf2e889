"""Pose and landmarks: the official recipes value by value."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.zoo.configs import load
from tests.zoo.test_pose_siblings import (
    BODIES,
    FACES,
    OFFICIAL,
    SIBLINGS,
    TRAINED,
    WIDTHS,
    essence,
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a family of the official recipes trains and tests."""

    lr: float
    epochs: int
    milestones: list[int]
    augmentation: str
    scale: float
    degrees: float
    half_body: bool
    keypoints: int
    loss_weight: float
    flip_test: bool
    norm_momentum: float | None
    data: str
    train_file: str
    test_file: str
    evaluator: dict[str, Any]
    before_boxes: tuple[str, ...] = ()  # in training
    tested_before_boxes: tuple[str, ...] = ()


POSE = dict(
    lr=1e-3,
    epochs=210,
    milestones=[170, 200],
    augmentation="hrnet_mm.ClippedBBoxTransform",
    loss_weight=0.5,
    flip_test=True,
    norm_momentum=None,
)
FACE = dict(
    lr=1e-4,
    epochs=60,
    milestones=[30, 50],
    augmentation="hrnet_mm.UniformBBoxTransform",
    scale=0.25,
    degrees=30.0,
    half_body=False,
    loss_weight=1.0,
    flip_test=False,
    norm_momentum=0.01,
    evaluator=dict(type="NME", norm_mode="keypoint_distance"),
)


def make(common: dict[str, Any], **rest: Any) -> Recipe:
    return Recipe(**(common | rest))


RECIPES = {
    "coco": make(
        POSE,
        scale=0.35,
        degrees=45.0,
        half_body=True,
        keypoints=17,
        data="CocoDataset",
        train_file="annotations/person_keypoints_train2017.json",
        test_file="annotations/person_keypoints_val2017.json",
        evaluator=dict(
            type="CocoMetric", ann_file="data/coco/annotations/person_keypoints_val2017.json"
        ),
    ),
    "mpii": make(
        POSE,
        scale=0.25,
        degrees=30.0,
        half_body=False,
        keypoints=16,
        data="MpiiDataset",
        train_file="annotations/mpii_train.json",
        test_file="annotations/mpii_val.json",
        evaluator=dict(type="MpiiPCKAccuracy"),
        before_boxes=("hrnet_mm.ZeroBasedKeypoints",),  # mpii.py:71
    ),
    "wflw": make(
        FACE,
        keypoints=98,
        data="WFLWDataset",
        train_file="annotations/face_landmarks_wflw_train.json",
        test_file="annotations/face_landmarks_wflw_test.json",
    ),
    "cofw": make(
        FACE,
        keypoints=29,
        data="COFWDataset",
        before_boxes=("hrnet_mm.LandmarkBBox",),  # cofw.py:63-72
        tested_before_boxes=("hrnet_mm.LandmarkBBox",),
        train_file="annotations/cofw_train.json",
        test_file="annotations/cofw_test.json",
    ),
    "300w": make(
        FACE,
        keypoints=68,
        data="Face300WDataset",
        train_file="annotations/face_landmarks_300w_train.json",
        test_file="annotations/face_landmarks_300w_valid.json",
    ),
    "aflw": make(
        FACE,
        lr=2e-4,
        keypoints=19,
        data="AFLWDataset",
        train_file="annotations/face_landmarks_aflw_train.json",
        test_file="annotations/face_landmarks_aflw_test.json",
        evaluator=dict(type="NME", norm_mode="use_norm_item", norm_item="bbox_size"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What tells the official recipes of a family apart."""

    name: str
    width: str
    images: int  # of one step, on all GPUs
    input_size: tuple[int, int]
    sigma: float
    dark: bool = False
    scratch: bool = False


def body(name: str, width: str, images: int, size: tuple[int, int], **rest: Any) -> Run:
    sigma = 3 if size == (288, 384) else 2
    data, file = name.split("/")
    path = f"pose/{data}/official/{file}.py"
    return Run(name=path, width=width, images=images, input_size=size, sigma=sigma, **rest)


def face(data: str, sigma: float) -> Run:
    name = f"pose/{data}/official/td-hm_hrnetv2-w18_1xb16-60e_{data}-256x256.py"
    return Run(name=name, width="w18", images=16, input_size=(256, 256), sigma=sigma)


SMALL, LARGE, SQUARE = (192, 256), (288, 384), (256, 256)
W32, W48 = "coco/td-hm_hrnet-w32", "coco/td-hm_hrnet-w48"
RUNS = [
    body(f"{W32}_4xb32-210e_coco-256x192", "w32", 128, SMALL),
    body(f"{W32}_4xb32-210e_coco-384x288", "w32", 128, LARGE),
    body(f"{W48}_4xb32-210e_coco-256x192", "w48", 128, SMALL),
    body(f"{W48}_4xb24-210e_coco-384x288", "w48", 96, LARGE),
    body(f"{W32}_scratch-4xb32-210e_coco-256x192", "w32", 128, SMALL, scratch=True),
    body(f"{W32}_dark-4xb32-210e_coco-256x192", "w32", 128, SMALL, dark=True),
    body(f"{W32}_dark-4xb28-210e_coco-384x288", "w32", 112, LARGE, dark=True),
    body(f"{W48}_dark-4xb18-210e_coco-384x288", "w48", 72, LARGE, dark=True),
    body("mpii/td-hm_hrnet-w32_4xb32-210e_mpii-256x256", "w32", 128, SQUARE),
    body("mpii/td-hm_hrnet-w32_dark-4xb32-210e_mpii-256x256", "w32", 128, SQUARE, dark=True),
    face("wflw", 1.5),
    face("cofw", 1.5),
    face("aflw", 1.5),
    face("300w", 1.0),
]
OF = {run.name: run for run in RUNS}


def recipe(run: Run) -> Recipe:
    return RECIPES[Path(run.name).parts[1]]


def test_every_official_config_is_in_the_table() -> None:
    assert sorted(OF) == sorted(OFFICIAL)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_official_schedule(run: Run) -> None:
    cfg, row = load(run.name), recipe(run)
    assert cfg.train_cfg.max_epochs == row.epochs
    # No weight decay and no clipping.
    assert cfg.optim_wrapper == dict(optimizer=dict(type="Adam", lr=row.lr))
    (steps,) = cfg.param_scheduler  # and no warm-up
    assert (steps.type, steps.by_epoch, steps.gamma) == ("MultiStepLR", True, 0.1)
    assert (steps.milestones, steps.begin, steps.end) == (row.milestones, 0, row.epochs)

    gpus, images = map(int, re.findall(r"(\d+)xb(\d+)", run.name)[0])
    assert cfg.train_dataloader.batch_size == images
    assert cfg.auto_scale_lr.base_batch_size == gpus * images == run.images


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_official_augmentation(run: Run) -> None:
    cfg, row = load(run.name), recipe(run)
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    kinds = ["LoadImage", *row.before_boxes, "GetBBoxCenterScale", "RandomFlip"]
    kinds += ["RandomHalfBody"] * row.half_body
    kinds += [row.augmentation, "TopdownAffine", "GenerateTarget", "PackPoseInputs"]
    assert list(steps) == kinds
    defaults = {kind: essence.defaults_of(kind) for kind in ("GetBBoxCenterScale", "RandomFlip")}
    assert (
        steps["GetBBoxCenterScale"].get("padding", defaults["GetBBoxCenterScale"]["padding"])
        == 1.25
    )
    assert steps["RandomFlip"].get("prob", defaults["RandomFlip"]["prob"]) == 0.5
    assert steps["RandomFlip"].direction == "horizontal"
    if row.half_body:
        half = essence.defaults_of("RandomHalfBody") | steps["RandomHalfBody"]
        assert (half["prob"], half["min_total_keypoints"], half["padding"]) == (0.3, 9, 1.5)
        assert (half["min_upper_keypoints"], half["min_lower_keypoints"]) == (3, 3)
        assert half["upper_prioritized_prob"] == 0.691
    assert steps[row.augmentation] == dict(
        type=row.augmentation,
        scale_factor=row.scale,
        rotate_factor=row.degrees,
        rotate_prob=0.6,
    )
    assert steps["TopdownAffine"] == dict(type="TopdownAffine", input_size=run.input_size)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_official_targets_and_loss(run: Run) -> None:
    cfg, row = load(run.name), recipe(run)
    (encoder,) = [s.encoder for s in cfg.train_dataloader.dataset.pipeline if "encoder" in s]
    width, height = run.input_size
    codec = essence.defaults_of("MSRAHeatmap") | encoder
    assert (codec["type"], codec["sigma"], codec["unbiased"]) == (
        "hrnet_mm.FlooredHeatmap" if run.name in FACES else "MSRAHeatmap",
        run.sigma,
        run.dark,
    )
    assert (codec["input_size"], codec["heatmap_size"]) == (
        (width, height),
        (width // 4, height // 4),
    )
    assert codec["blur_kernel_size"] == 11
    assert cfg.model.head.decoder == encoder

    assert cfg.model.head.type == "HeatmapHead"
    assert cfg.model.head.out_channels == row.keypoints
    assert cfg.model.head.deconv_out_channels is None
    assert cfg.model.head.loss.type == "KeypointMSELoss"
    assert cfg.model.head.loss.get("loss_weight", 1.0) == row.loss_weight


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_official_test(run: Run) -> None:
    cfg, row = load(run.name), recipe(run)
    test = cfg.model.test_cfg
    assert test.flip_test == row.flip_test
    if row.flip_test:
        assert test.flip_mode == "heatmap"
        assert test.shift_heatmap == (not run.dark)
    assert cfg.val_evaluator == cfg.test_evaluator == row.evaluator
    assert cfg.train_dataloader.dataset.type == cfg.val_dataloader.dataset.type == row.data
    assert cfg.train_dataloader.dataset.ann_file == row.train_file
    assert cfg.val_dataloader.dataset.ann_file == row.test_file
    assert [step.type for step in cfg.val_dataloader.dataset.pipeline] == [
        *("LoadImage", *row.tested_before_boxes),
        *("GetBBoxCenterScale", "TopdownAffine", "PackPoseInputs"),
    ]
    boxes = cfg.val_dataloader.dataset.get("bbox_file", "")
    assert boxes.endswith("val2017_detections_AP_H_56_person.json") == (row.data == "CocoDataset")
    if row.data == "CocoDataset":
        metric = essence.defaults_of("CocoMetric")
        assert (metric["nms_mode"], metric["nms_thr"]) == ("oks_nms", 0.9)
        assert (metric["score_mode"], metric["keypoint_score_thr"]) == ("bbox_keypoint", 0.2)


@pytest.mark.parametrize("name", BODIES)
def test_official_backbone_of_poses(name: str) -> None:
    model, run = load(name).model, OF[name]
    assert model.type == "TopdownPoseEstimator"
    assert model.backbone.arch == run.width
    assert model.backbone.out_indices == (0,)
    assert "norm_cfg" not in model.backbone  # momentum 0.1
    assert model.head.in_channels == WIDTHS[run.width]
    if run.scratch:
        assert model.backbone.init_cfg == dict(type="Normal", layer="Conv2d", std=0.001)
    else:
        file = dict(w32="hrnet_w32-36af842e.pth", w48="hrnet_w48-8ef0771d.pth")[run.width]
        assert model.backbone.init_cfg.checkpoint.endswith(f"/{file}")


@pytest.mark.parametrize("name", FACES)
def test_official_backbone_of_faces(name: str) -> None:
    model = load(name).model
    assert model.backbone.arch == "w18"
    assert model.backbone.init_cfg.checkpoint == "open-mmlab://msra/hrnetv2_w18"
    assert model.backbone.out_indices == (0, 1, 2, 3)
    assert model.backbone.norm_cfg == model.neck.norm_cfg == dict(type="BN", momentum=0.01)
    assert model.neck.init_cfg == dict(type="Normal", layer="Conv2d", std=0.001)
    assert sum(model.neck.in_channels) == model.head.in_channels == 270


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_images(name: str) -> None:
    preprocessor = load(name).model.data_preprocessor
    assert preprocessor.bgr_to_rgb
    assert preprocessor.mean == [123.675, 116.28, 103.53]
    assert preprocessor.std == [58.395, 57.12, 57.375]


def test_associative_embedding_is_to_test_only() -> None:
    (name,) = set(SIBLINGS) - set(TRAINED)
    cfg = load(name)
    assert {"train_dataloader", "train_cfg", "optim_wrapper", "param_scheduler"}.isdisjoint(cfg)
