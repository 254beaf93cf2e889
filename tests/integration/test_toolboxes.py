"""The toolboxes' own scripts, ``init_model`` and Inferencers take our configs."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.integration.toy import small_toy

TOOLBOXES = {"pose": "mmpose", "seg": "mmseg", "det": "mmdet", "cls": "mmpretrain"}
PREFIXES = {"pose": "", "seg": "hrnet_mm.", "det": "", "cls": "hrnet_mm."}
PARTS = [
    ("HRNetBackbone", dict(arch="w18_small_v1")),
    *((neck, dict(in_channels=(16, 32, 64, 128))) for neck in ("HRNetV2", "HRNetV2p")),
    ("HRNetClsNeck", dict(in_channels=(16, 32, 64, 128))),
]


@pytest.mark.parametrize("toolbox", TOOLBOXES.values())
@pytest.mark.parametrize("prefix", ["", "hrnet_mm."])
@pytest.mark.parametrize(("name", "arguments"), PARTS, ids=lambda value: str(value)[:20])
def test_every_toolbox_builds_and_runs_it(
    toolbox: str, prefix: str, name: str, arguments: dict[str, Any]
) -> None:
    models = import_module(f"{toolbox}.registry").MODELS
    part = models.build(dict(arguments, type=prefix + name))
    assert type(part).__module__.startswith("hrnet_mm.models.")
    maps = models.build(dict(type=f"{prefix}HRNetBackbone", arch="w18_small_v1"))(
        torch.randn(2, 3, 32, 32)
    )
    outputs = part(torch.randn(2, 3, 32, 32) if name == "HRNetBackbone" else maps)
    assert all(output.isfinite().all() for output in outputs)


@pytest.fixture(scope="module", params=TOOLBOXES)
def task(request: pytest.FixtureRequest) -> str:
    """The name of a task."""
    return request.param


@pytest.fixture(scope="module")
def trained(
    task: str,
    toy_scenes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path]:
    """A config and the checkpoint that the toolbox's own train script makes of it.

    Nothing but the config's ``custom_imports`` brings hrnet_mm into that process.
    """
    folder = tmp_path_factory.mktemp(task)
    options = {
        "train_cfg.max_epochs": 1,
        "train_cfg.val_interval": 1,
        "default_hooks.checkpoint.interval": 1,
        "log_level": "INFO",
        "param_scheduler": [],
    }
    cfg = small_toy(task, toy_scenes, **options)
    for part in (cfg.model.backbone, *necks(cfg)):
        if "HRNet" in part.type:
            part.type = PREFIXES[task] + part.type
    config = folder / f"{task}.py"
    cfg.dump(config)
    package = Path(import_module(TOOLBOXES[task]).__file__ or "").parent
    script = package / ".mim" / "tools" / "train.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, config, "--work-dir", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    assert "Epoch(val)" in done.stdout + done.stderr
    return config, folder / "epoch_1.pth"


def necks(cfg: Config) -> list[Any]:
    neck = cfg.model.get("neck") or []
    return list(neck) if isinstance(neck, list) else [neck]


@pytest.mark.slow
def test_init_model_and_inferencer(task: str, trained: tuple[Path, Path], toy_scenes: Path) -> None:
    config, checkpoint = map(str, trained)
    image = next((toy_scenes / "leftImg8bit/val").rglob("*.png"))
    USERS[task](config, checkpoint, str(image))


def use_mmpose(config: str, checkpoint: str, image: str) -> None:
    from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

    model = init_model(config, checkpoint, device="cpu")
    sample: Any = inference_topdown(model, image, np.array([[10, 10, 100, 200]]))[0]
    keypoints = sample.pred_instances.keypoints
    assert keypoints.shape == (1, 17, 2)
    inferencer: Any = MMPoseInferencer(
        pose2d=config, pose2d_weights=checkpoint, det_model="whole_image", device="cpu"
    )
    (result,) = next(inferencer(image))["predictions"]
    assert np.shape(result[0]["keypoints"]) == (17, 2)


def use_mmseg(config: str, checkpoint: str, image: str) -> None:
    from mmseg.apis import MMSegInferencer, inference_model, init_model

    model = init_model(config, checkpoint, device="cpu")
    sample: Any = inference_model(model, image)
    labels = sample.pred_sem_seg.data[0].numpy()
    assert labels.shape == (240, 320)
    inferencer: Any = MMSegInferencer(model=config, weights=checkpoint, device="cpu")
    np.testing.assert_array_equal(inferencer(image)["predictions"], labels)
    assert inferencer.visualizer.dataset_meta["classes"][4] == "person"


def use_mmdet(config: str, checkpoint: str, image: str) -> None:
    from mmdet.apis import DetInferencer, inference_detector, init_detector

    model = init_detector(config, checkpoint, device="cpu")
    sample: Any = inference_detector(model, image)
    scores = sample.pred_instances.scores.numpy()
    inferencer: Any = DetInferencer(model=config, weights=checkpoint, device="cpu")
    (result,) = inferencer(image)["predictions"]
    np.testing.assert_allclose(result["scores"], scores, atol=1e-6)
    assert inferencer.visualizer.dataset_meta["classes"][0] == "person"


def use_mmpretrain(config: str, checkpoint: str, image: str) -> None:
    from mmpretrain.apis import ImageClassificationInferencer, get_model

    init_default_scope("mmpretrain")
    model = get_model(config, pretrained=checkpoint, device="cpu")
    (result,) = ImageClassificationInferencer(model)(image)
    inferencer = ImageClassificationInferencer(config, pretrained=checkpoint, device="cpu")
    (again,) = inferencer(image)
    assert again["pred_class"] == result["pred_class"]
    assert result["pred_class"] in {"ball", "car", "dog", "person", "sign", "tree"}


USERS = {"pose": use_mmpose, "seg": use_mmseg, "det": use_mmdet, "cls": use_mmpretrain}
