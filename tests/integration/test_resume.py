"""A training that is killed and resumed ends where an uninterrupted one ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy

SCRIPT = Path(__file__).with_name("killed_training.py")
EPOCHS, ITERATIONS = 4, 4  # a checkpoint after each epoch
KILL_POINTS = [
    "iteration:2",  # before the first checkpoint
    "iteration:5",  # in the middle of the second epoch
    "iteration:8",  # right at the start of the third
    "iteration:15",  # before the last iteration
    "writing:1",  # while the first checkpoint is written
    "writing:3",  # while a later one is written
]


def losses_of(config: Any, folder: Path, points: list[str]) -> dict[str, dict[str, float]]:
    config.dump(folder / "config.py")
    command = [sys.executable, "-W", "ignore", str(SCRIPT), str(folder / "config.py"), str(folder)]
    done = subprocess.run(
        [*command, *points],
        cwd=REPOSITORY,
        env={"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "losses.json").read_text())


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    """Small maps, workers that persist, every kind of state that a checkpoint keeps."""
    return {
        "train_dataloader.num_workers": 2,
        "train_dataloader.persistent_workers": True,
        "train_dataloader.batch_size": 2,
        "train_cfg.max_epochs": EPOCHS,
        "train_cfg.val_interval": 2,
        "default_hooks.checkpoint": dict(
            type="CheckpointHook", interval=1, max_keep_ckpts=1, save_best="coco/AP", rule="greater"
        ),
        "custom_hooks": [
            dict(type="hrnet_mm.SeedHook"),
            dict(type="hrnet_mm.ResumeHook"),
            dict(type="hrnet_mm.DivergenceHook"),
            dict(type="EMAHook", momentum=0.1),
        ],
    }


@pytest.mark.slow
def test_resumed_training_equals_an_uninterrupted_one(
    toy_scenes: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    cfg = small_toy("pose", toy_scenes, **options)
    cfg.train_dataloader.dataset.indices = EPOCHS * ITERATIONS // 2
    cases = losses_of(cfg, tmp_path, KILL_POINTS)
    whole = cases.pop("uninterrupted")
    assert len(whole) == EPOCHS * ITERATIONS
    assert list(cases) == KILL_POINTS
    for point, losses in cases.items():
        assert losses.keys() == whole.keys(), point
        for iteration, loss in losses.items():
            assert loss == pytest.approx(whole[iteration], rel=1e-4), (point, iteration)
        kept = sorted(path.name for path in (tmp_path / point.replace(":", "-")).glob("epoch_*"))
        assert kept == [f"epoch_{EPOCHS}.pth"], point


@pytest.mark.slow
def test_resumed_iterations_equal_uninterrupted_ones(
    toy_scenes: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    cfg = small_toy("pose", toy_scenes, **options)
    cfg.train_cfg = dict(by_epoch=False, max_iters=10, val_interval=100)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler", shuffle=True)
    cfg.param_scheduler = [dict(type="PolyLR", eta_min=1e-4, end=10, by_epoch=False)]
    cfg.default_hooks.checkpoint = dict(
        type="CheckpointHook", by_epoch=False, interval=3, max_keep_ckpts=1
    )
    cases = losses_of(cfg, tmp_path, ["iteration:2", "iteration:7", "writing:2"])
    whole = cases.pop("uninterrupted")
    for point, losses in cases.items():
        assert losses.keys() == whole.keys(), point
        for iteration, loss in losses.items():
            assert loss == pytest.approx(whole[iteration], rel=1e-4), (point, iteration)
