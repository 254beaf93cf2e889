"""Of two processes, none goes on without the other, and what stopped them is said."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from demo.painter import write_toy_scenes
from tests.conftest import REPOSITORY
from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy

pytestmark = pytest.mark.slow

LIMIT = 100  # seconds, of which a training takes a quarter

HOOK = """
import os, signal, time
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class Act(Hook):
    def __init__(self, what):
        self.what = what
    def before_train_iter(self, runner, *_, **__):
        if runner.iter == 2 and runner.rank == 1:
            os.kill(os.getpid(), getattr(signal, self.what))
        time.sleep(0.05)
"""


def config(folder: Path, scenes: Path, *, act: str | None = None, more: str = "") -> Path:
    """Write the config of a training of forty iterations on segmentation."""
    cfg = small_toy("seg", scenes, **NARROW["seg"])
    cfg.model.backbone.arch = ARCH
    cfg.train_dataloader.update(batch_size=1, num_workers=1)
    cfg.train_cfg = dict(by_epoch=True, max_epochs=20, val_interval=40)
    cfg.default_hooks.checkpoint = dict(type="CheckpointHook", interval=1, max_keep_ckpts=1)
    if act:
        cfg.custom_hooks.append(dict(type="mmengine.Act", what=act))
        cfg.custom_imports = dict(imports=["hrnet_mm", "act"])
    (folder / "act.py").write_text(HOOK)
    path = folder / "config.py"
    cfg.dump(path)
    path.write_text(f"{path.read_text()}\n{more}\n")
    return path


def start(config: Path, port: int, *options: str) -> subprocess.Popen[str]:
    command = ["bash", "tools/dist_train.sh", str(config), "2"]
    variables = dict(PYTHON=sys.executable, OMP_NUM_THREADS="1", PORT=str(port))
    return subprocess.Popen(
        [*command, "--work-dir", str(config.parent / "work"), *options],
        cwd=REPOSITORY,
        env=os.environ | variables | {"PYTHONPATH": f"{config.parent}:{REPOSITORY}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # as a shell does
    )


def output(training: subprocess.Popen[str]) -> str:
    try:
        return training.communicate(timeout=LIMIT)[0]
    finally:
        if training.poll() is None:
            os.killpg(training.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scenes") / "toy"
    return write_toy_scenes(root, num_train=4, num_val=1, processes=1)


def test_other_values_in_one_process_are_refused(
    scenes: Path, unused_port: int, tmp_path: Path
) -> None:
    more = "train_cfg['max_epochs'] = 20 + int(__import__('os').environ['RANK'])"
    training = start(config(tmp_path, scenes, more=more), unused_port)
    said = output(training)
    assert training.returncode == 1
    assert (
        "error: process 1 does not run what process 0 runs: train_cfg.max_epochs is 21, not 20"
        in said
    )
    assert not list((tmp_path / "work").glob("*.pth"))


def test_when_one_dies_the_other_ends_with_the_reason(
    scenes: Path, unused_port: int, tmp_path: Path
) -> None:
    training = start(config(tmp_path, scenes, act="SIGKILL"), unused_port)
    said = output(training)
    assert training.returncode == 1
    assert "Signal 9 (SIGKILL)" in said  # torchrun's words
    assert torch.load(tmp_path / "work/epoch_1.pth", weights_only=True)["meta"]["epoch"] == 1


def test_a_bad_label_seen_by_one_stops_both(unused_port: int, tmp_path: Path) -> None:
    scenes = write_toy_scenes(tmp_path / "toy", num_train=4, num_val=1, processes=1)
    path = sorted(scenes.glob("gtFine/train/*/*TrainIds.png"))[2]
    labels = np.array(Image.open(path))
    labels[0, 0] = 77
    Image.fromarray(labels).save(path)
    training = start(config(tmp_path, scenes), unused_port)
    said = output(training)
    assert training.returncode == 1
    assert f"error: {path} has the label 77" in said
    assert "Traceback" not in said.partition("ChildFailedError")[0].rpartition("Traceback")[0]


def _stopped(said: str, name: str) -> int:
    """Return after how many iterations a training says that it was stopped."""
    (line,) = [line for line in said.splitlines() if line.startswith(f"stopped by {name}")]
    assert line.endswith("to go on, give the same command with --resume")
    return int(line.split("after iteration ")[1].split(",")[0])


def test_a_signal_to_one_stops_both_at_one_iteration(
    scenes: Path, unused_port: int, tmp_path: Path
) -> None:
    training = start(config(tmp_path, scenes, act="SIGTERM"), unused_port)
    iteration = _stopped(output(training), "SIGTERM")
    assert iteration == 3
    assert training.returncode != 0
    checkpoint = torch.load(tmp_path / "work/stopped.pth", weights_only=True)
    assert checkpoint["meta"]["iter"] == 3


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_to_torchrun_stops_all(
    name: str, scenes: Path, unused_port: int, tmp_path: Path
) -> None:
    path = config(tmp_path, scenes)
    training = start(path, unused_port)
    deadline = time.monotonic() + LIMIT
    while not (tmp_path / "work/epoch_1.pth").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    training.send_signal(getattr(signal, name))
    iteration = _stopped(output(training), name)
    assert 2 <= iteration < 40
    checkpoint = torch.load(tmp_path / "work/stopped.pth", weights_only=True)
    assert checkpoint["meta"]["iter"] == iteration
    text = path.read_text().replace("max_epochs=20", f"max_epochs={iteration // 2 + 1}")
    Config.fromstring(text, ".py").dump(path)
    resumed = start(path, unused_port, "--resume")
    said = output(resumed)
    assert resumed.returncode == 0, said
