"""Pose and landmarks: the official recipes value by value, and mmpose's as mmpose has them."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import mmpose.codecs
import mmpose.datasets
import mmpose.evaluation
import mmpose.models
import pytest
from mmpose import registry

from tests.zoo.configs import leaves, load, stock

STOCK_FOLDER = Path(mmpose.__path__[0]) / ".mim/configs"
STOCK_FOLDERS = {
    "coco": [
        "body_2d_keypoint/topdown_heatmap/coco",
        "body_2d_keypoint/associative_embedding/coco",
    ],
    "mpii": ["body_2d_keypoint/topdown_heatmap/mpii"],
    **{name: [f"face_2d_keypoint/topdown_heatmap/{name}"] for name in ("wflw", "cofw", "300w")},
    "aflw": ["face_2d_keypoint/topdown_heatmap/aflw"],
}
LEAVES = [name for data in STOCK_FOLDERS for name in leaves(f"pose/{data}")]
REGISTRIES = (
    registry.MODELS,
    registry.KEYPOINT_CODECS,
    registry.DATASETS,
    registry.TRANSFORMS,
    registry.METRICS,
)
WIDTHS = dict(w18=18, w32=32, w48=48)
# Variants of the data or the numbers' precision, whose figures are not among HRNet's own.
UNSHIPPED = re.compile(r"_(fp16|coarsedropout|gridmask|photometric)-|-aic-|litehrnet")

# Where mmpose's file contradicts its own name or rate; ours say what is meant.
BATCH_IN_NAME = {"td-hm_hrnet-w32_8xb64-210e_mpii-256x256": 16}
BASE_BATCH = re.compile(r"td-hm_hrnet-w48_.*8xb32-210e_coco-.*")


def source(name: str) -> str | None:
    """Find the config of mmpose that one of ours has the name of."""
    data, file = Path(name).parts[1:]
    found = [f"{folder}/{file}" for folder in STOCK_FOLDERS[data]]
    return next((path for path in found if (STOCK_FOLDER / path).is_file()), None)


SIBLINGS = [name for name in LEAVES if source(name)]
TRAINED = [name for name in SIBLINGS if "/ae_" not in name]
OFFICIAL = [name for name in LEAVES if not source(name)]
FACES = [name for name in OFFICIAL if "hrnetv2" in name]
BODIES = [name for name in OFFICIAL if "hrnetv2" not in name]


def theirs_of(name: str) -> Any:
    path = source(name)
    assert path
    return stock("mmpose", path)


def essence(node: Any) -> Any:
    """Drop what does not change a run: where files lie, and arguments that equal their default."""
    if isinstance(node, (list, tuple)):
        return [essence(item) for item in node]
    if not isinstance(node, dict):
        return node
    defaults = defaults_of(node["type"]) if isinstance(node.get("type"), str) else {}
    kept = {k: essence(v) for k, v in node.items()}
    return {k: v for k, v in kept.items() if k not in defaults or essence(defaults[k]) != v}


@cache
def defaults_of(name: str) -> dict[str, Any]:
    """Find the defaults of a class's arguments, those that its bases take included."""
    found = next((r.get(name) for r in REGISTRIES if r.get(name)), None)
    defaults: dict[str, Any] = {}
    for cls in reversed(inspect.getmro(found)) if inspect.isclass(found) else ():
        for key, parameter in inspect.signature(cls.__init__).parameters.items():
            if parameter.default is not inspect.Parameter.empty:
                defaults[key] = parameter.default
    return defaults


def head_of(cfg: Any) -> dict[str, Any]:
    """Describe a head without the convolution that our neck has in its stead."""
    head = essence(cfg.model.head)
    if head.pop("conv_out_channels", None):
        assert head.pop("conv_kernel_sizes") == [1]
    return head


def test_every_stock_config_has_a_sibling() -> None:
    for data, folders in STOCK_FOLDERS.items():
        for folder in folders:
            theirs = {path.name for path in (STOCK_FOLDER / folder).glob("*hrnet*.py")}
            theirs = {name for name in theirs if not UNSHIPPED.search(name)}
            assert theirs <= {Path(name).name for name in leaves(f"pose/{data}")}


@pytest.mark.parametrize("name", TRAINED)
def test_sibling_is_optimised_as_in_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    assert ours.optim_wrapper == theirs.optim_wrapper
    assert ours.param_scheduler == theirs.param_scheduler
    assert ours.train_cfg == dict(theirs.train_cfg, by_epoch=True)

    base = theirs.auto_scale_lr.base_batch_size
    assert ours.auto_scale_lr.base_batch_size == (256 if BASE_BATCH.fullmatch(stem(name)) else base)
    best = {key: theirs.default_hooks.checkpoint[key] for key in ("save_best", "rule")}
    assert best == {key: ours.default_hooks.checkpoint[key] for key in best}


def stem(name: str) -> str:
    return Path(name).stem


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_reads_the_data_of_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    loaders = ["train_dataloader"] * (name in TRAINED) + ["val_dataloader", "test_dataloader"]
    for key in loaders:
        assert essence(ours[key].dataset) == essence(theirs[key].dataset)
        assert ours[key].sampler == theirs[key].sampler
        if stem(name) not in BATCH_IN_NAME:
            assert ours[key].batch_size == theirs[key].batch_size
        else:
            assert theirs[key].batch_size == BATCH_IN_NAME[stem(name)]
    for evaluator in ("val_evaluator", "test_evaluator"):
        assert essence(ours[evaluator]) == essence(theirs[evaluator])
    for key in ("dataset_type", "data_mode", "data_root"):  # which the Inferencers read
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_has_the_model_of_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    parts = {"type", "data_preprocessor", "train_cfg", "test_cfg"}
    assert ours.model.keys() - theirs.model.keys() <= {"neck"}
    for part in parts & (ours.model.keys() | theirs.model.keys()):
        assert essence(ours.model.get(part)) == essence(theirs.model.get(part)), part
    assert head_of(ours) == head_of(theirs)

    trunk = theirs.model.backbone
    assert ours.model.backbone.init_cfg == trunk.init_cfg
    assert WIDTHS[ours.model.backbone.arch] == trunk.extra.stage4.num_channels[0]
    assert "norm_cfg" not in trunk
    assert "norm_cfg" not in ours.model.backbone
    if "neck" in theirs.model:
        assert trunk.extra.upsample == dict(mode="bilinear", align_corners=False)
        assert ours.model.backbone.upsample == "bilinear"
        assert ours.model.neck.type == "HRNetV2"
        assert sum(ours.model.neck.in_channels) == theirs.model.head.conv_out_channels[0]
    else:
        assert ours.model.backbone.out_indices == (0,)


def test_the_errors_of_mmpose_are_still_there() -> None:
    """When this fails, mmpose has mended its files: drop the exceptions."""
    for name in TRAINED:
        gpus, images = map(int, re.findall(r"(\d+)xb(\d+)", name)[0])
        theirs = theirs_of(name)
        run = gpus * theirs.train_dataloader.batch_size
        declared = theirs.auto_scale_lr.base_batch_size
        wrong = stem(name) in BATCH_IN_NAME or BASE_BATCH.fullmatch(stem(name))
        assert (run == declared) != bool(wrong), name
        assert load(name).train_dataloader.batch_size == images


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
    file = f"pose/{name}.py"
    return Run(name=file, width=width, images=images, input_size=size, sigma=sigma, **rest)


def face(data: str, sigma: float) -> Run:
    name = f"pose/{data}/td-hm_hrnetv2-w18_1xb16-60e_{data}-256x256.py"
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
    kinds = ["LoadImage", "GetBBoxCenterScale", "RandomFlip"]
    kinds += ["RandomHalfBody"] * row.half_body
    kinds += [row.augmentation, "TopdownAffine", "GenerateTarget", "PackPoseInputs"]
    assert list(steps) == kinds
    defaults = {kind: defaults_of(kind) for kind in ("GetBBoxCenterScale", "RandomFlip")}
    assert (
        steps["GetBBoxCenterScale"].get("padding", defaults["GetBBoxCenterScale"]["padding"])
        == 1.25
    )
    assert steps["RandomFlip"].get("prob", defaults["RandomFlip"]["prob"]) == 0.5
    assert steps["RandomFlip"].direction == "horizontal"
    if row.half_body:
        half = defaults_of("RandomHalfBody") | steps["RandomHalfBody"]
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
    codec = defaults_of("MSRAHeatmap") | encoder
    assert (codec["type"], codec["sigma"], codec["unbiased"]) == (
        "MSRAHeatmap",
        run.sigma,
        run.dark,
    )
    assert (codec["input_size"], codec["heatmap_size"]) == (
        (width, height),
        (width // 4, height // 4),
    )
    assert codec["blur_kernel_size"] == 11
    assert cfg.model.head.decoder == encoder == cfg.codec

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
        *("LoadImage", "GetBBoxCenterScale", "TopdownAffine", "PackPoseInputs")
    ]
    boxes = cfg.val_dataloader.dataset.get("bbox_file", "")
    assert boxes.endswith("val2017_detections_AP_H_56_person.json") == (row.data == "CocoDataset")
    if row.data == "CocoDataset":
        metric = defaults_of("CocoMetric")
        assert (metric["nms_mode"], metric["nms_thr"]) == ("oks_nms", 0.9)
        assert (metric["score_mode"], metric["keypoint_score_thr"]) == ("bbox_keypoint", 0.2)


@pytest.mark.parametrize("name", BODIES)
def test_official_trunk_of_poses(name: str) -> None:
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
def test_official_trunk_of_faces(name: str) -> None:
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
    assert cfg.codec == theirs_of(name).codec
