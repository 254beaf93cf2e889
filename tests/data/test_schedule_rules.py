"""Schedulers, workers, samplers and packages that a config names."""

import importlib.util
from typing import Any

import pytest

from tests.data.broken import CLS, DELETED, DET, OCR, POSE, SEG, check_named, findings, with_options

TRAIN = "train_dataloader"


@pytest.mark.parametrize("name", [CLS, DET, POSE, SEG])
def test_one_epoch_of_a_toy_config(name: str) -> None:
    shown = ["param_scheduler.1 (CosineAnnealingLR) has begin=1", "train_cfg.max_epochs=1:"]
    check_named(name, {"train_cfg.max_epochs": 1}, shown, "train")


SCHEDULES: list[tuple[str, dict[str, Any], list[str], bool]] = [
    (
        CLS,
        {"param_scheduler.0.end": 0},
        ["param_scheduler.0 (LinearLR)", "begin=0 and end=0"],
        True,
    ),
    (CLS, {"param_scheduler.0.begin": 40}, ["begin=40 and end=30"], True),
    (CLS, {"param_scheduler.1.begin": 18}, ["begin=18", "max_epochs=18"], True),
    (CLS, {"param_scheduler.1.begin": 20, "param_scheduler.1.end": 30}, ["begin=20"], False),
    (CLS, {"train_cfg.max_epochs": 9}, ["param_scheduler.1", "T_max=17", "T_max=8"], False),
    (
        CLS,
        {"param_scheduler": dict(type="MultiStepLR", milestones=[30, 60])},
        ["param_scheduler (MultiStepLR)", "milestones=[30, 60]", "max_epochs=18"],
        False,
    ),
    (OCR, {"train_cfg.max_iters": 100}, ["(PolyLR)", "end=160000", "end=100"], False),
    (OCR, {"param_scheduler.0.by_epoch": True}, ["counts epochs", "by_epoch=False"], False),
    (OCR, {"param_scheduler.0.begin": 160_000}, ["begin=160000 and end=160000"], True),
    (
        CLS,
        {"train_cfg": dict(max_epochs=18)},
        ["by_epoch=None and max_epochs=18", "by_epoch=True"],
        True,
    ),
    (CLS, {"train_cfg.by_epoch": False}, ["by_epoch=False and max_epochs=18", "max_iters"], True),
]


@pytest.mark.parametrize(("name", "options", "shown", "is_error"), SCHEDULES)
def test_schedule_that_does_not_fit_the_training(
    name: str, options: dict[str, Any], shown: list[str], is_error: bool
) -> None:
    cfg = with_options(name, options)
    found = [finding for finding in findings(cfg, "train") if finding.is_error == is_error]
    assert len(found) == 1
    assert all(text in found[0].text for text in shown), found


@pytest.mark.parametrize(
    "options",
    [
        {"param_scheduler": []},
        {"param_scheduler": dict(type="StepLR", step_size=100)},
        {"param_scheduler": dict(type="MultiStepLR", milestones=[10, 100])},
        {"param_scheduler": dict(type="LinearLR", end=10**9)},
        {"param_scheduler": dict(type="PolyLR", begin=0.5, convert_to_iter_based=True)},
        {"param_scheduler": dict(generator=dict(type="StepLR", step_size=5))},
        {"train_cfg": dict(type="EpochBasedTrainLoop", max_epochs=18)},
        {"train_cfg.max_epochs": 100},
        {"train_cfg": dict(max_iters=100), "param_scheduler": []},
    ],
    ids=str,
)
def test_schedule_that_fits(options: dict[str, Any]) -> None:
    assert not findings(with_options(CLS, options), "train")


LOADERS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {f"{TRAIN}.num_workers": 0},
        [f"{TRAIN}.persistent_workers=True", "num_workers=0: set persistent_workers=False"],
    ),
    ({f"{TRAIN}.num_workers": DELETED}, [f"{TRAIN}.persistent_workers=True"]),
    ({"val_dataloader.num_workers": 0}, ["val_dataloader.persistent_workers=True"]),
    ({"test_dataloader.num_workers": 0}, ["test_dataloader.persistent_workers=True"]),
    (
        {
            f"{TRAIN}.num_workers": 0,
            f"{TRAIN}.persistent_workers": False,
            f"{TRAIN}.prefetch_factor": 2,
        },
        [f"{TRAIN}.prefetch_factor=2", "set prefetch_factor=None"],
    ),
    ({f"{TRAIN}.shuffle": True}, [f"{TRAIN}.shuffle=True", "leave this out"]),
]


@pytest.mark.parametrize(("options", "shown"), LOADERS)
@pytest.mark.parametrize("name", [CLS, DET, POSE, SEG])
def test_loader_that_pytorch_or_mmengine_refuses(
    name: str, options: dict[str, Any], shown: list[str]
) -> None:
    check_named(name, options, shown)


def test_loader_without_a_sampler() -> None:
    gone = {f"{TRAIN}.sampler": DELETED}
    check_named(CLS, gone, [f"{TRAIN} sets no sampler", "shuffle=True"], is_error=False)
    assert not findings(with_options(CLS, gone | {f"{TRAIN}.shuffle": True}))
    assert not findings(with_options(CLS, {"val_dataloader.sampler": DELETED}))


STEP = f"{TRAIN}.dataset.pipeline.0"
BACKEND = "visualizer.vis_backends"
PACKAGES: list[tuple[dict[str, Any], str]] = [
    *(
        ({f"{BACKEND}.0.type": f"{name}VisBackend"}, package)
        for name, package in {
            "Tensorboard": "tensorboard",
            "Wandb": "wandb",
            "MLflow": "mlflow",
            "ClearML": "clearml",
            "Neptune": "neptune",
            "DVCLive": "dvclive",
            "Aim": "aim",
        }.items()
    ),
    ({BACKEND: dict(type="mmengine.WandbVisBackend")}, "wandb"),
    ({f"{STEP}.imdecode_backend": "tifffile"}, "tifffile"),
    ({f"{STEP}.imdecode_backend": "turbojpeg"}, "PyTurboJPEG"),
    ({f"{STEP}.backend_args": dict(backend="lmdb", db_path="x")}, "lmdb"),
    ({STEP: dict(type="Albu", transforms=[])}, "albumentations"),
    ({STEP: dict(type="mmpose.Albumentation", transforms=[])}, "albumentations"),
    ({STEP: dict(type="LoadSingleRSImageFromFile")}, "GDAL"),
    ({"val_evaluator.type": "CityScapesMetric"}, "cityscapesscripts"),
]


@pytest.mark.parametrize(("options", "package"), PACKAGES)
@pytest.mark.parametrize("installed", [False, True])
def test_package_that_is_not_installed(
    options: dict[str, Any], package: str, installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("mmengine") if installed else None
    monkeypatch.setattr("hrnet_mm.data.package_rules.find_spec", lambda _: spec)
    found = [f.text for f in findings(with_options(DET, options)) if "package" in f.text]
    assert len(found) == (not installed)
    assert all(text.endswith(f"pip install {package}") for text in found)
    assert all(text.startswith(next(iter(options))) for text in found)


def test_unknown_image_decoder() -> None:
    check_named(SEG, {f"{STEP}.imdecode_backend": "opencv"}, ["'opencv'", "'cv2'", "'pillow'"])
