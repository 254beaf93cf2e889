"""Packages that a config needs."""

import importlib.util
from typing import Any

import pytest

from tests.data.broken import DET, SEG, check_named, findings, with_options

STEP = "train_dataloader.dataset.pipeline.0"
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
