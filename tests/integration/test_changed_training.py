"""tools/train.py: trainings that diverge, and trainings that resume with a changed config."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy


@pytest.fixture(scope="module")
def config(toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's classification of a few things, for two epochs."""
    path = tmp_path_factory.mktemp("config") / "tiny.py"
    options = {
        "train_cfg.max_epochs": 2,
        "train_cfg.val_interval": 10,
        "default_hooks.checkpoint.interval": 1,
        "default_hooks.checkpoint.max_keep_ckpts": 2,
        "train_dataloader.batch_size": 2,
    }
    small_toy("cls", toy_scenes, **options).dump(path)
    return path


@pytest.fixture(scope="module")
def trained(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished training."""
    work_dir = tmp_path_factory.mktemp("trained")
    train(config, work_dir)
    return work_dir


def train(config: Path, work_dir: Path, *arguments: str, **options: float | str) -> list[str]:
    """Train as the command line does, in this process; return what is said about resuming."""
    before = sys.argv
    sys.argv = ["train.py", str(config), "--work-dir", str(work_dir), *arguments]
    options["log_level"] = "WARNING"
    sys.argv += ["--cfg-options", *(f"{key}={value}" for key, value in options.items())]
    try:
        runpy.run_path(str(REPOSITORY / "tools/train.py"), run_name="__main__")
    finally:
        sys.argv = before
    (log,) = work_dir.glob("*/*.log")
    lines = [line for line in log.read_text().splitlines() if "WARNING - resuming " in line]
    return [line.split("resuming ")[1] for line in lines]


def rates(checkpoint: Path) -> list[float]:
    groups = torch.load(checkpoint, weights_only=True)["optimizer"]["param_groups"]
    return [group["lr"] for group in groups]


def test_diverging_training_ends_in_one_line_with_its_last_good_checkpoint(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    good = str(trained / "epoch_2.pth")
    options = {"train_cfg.max_epochs": 30, "optim_wrapper.optimizer.lr": 1e30}
    with pytest.raises(SystemExit) as caught:
        train(config, tmp_path, "--resume", good, **options)
    message = caught.value.code
    assert isinstance(message, str)  # so that the exit status is 1
    assert message.startswith("error: training has diverged at iteration 1")
    assert "loss=nan" in message
    assert message.endswith(f"the last good checkpoint is {good}")
    assert "\n" not in message
    assert not list(tmp_path.glob("*.pth"))


@pytest.mark.slow
def test_longer_training_ends_with_the_rate_of_an_uninterrupted_one(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    options = {"train_cfg.max_epochs": 4, "optim_wrapper.optimizer.lr": 3e-3}
    train(config, tmp_path / "whole", **options)
    checkpoint = trained / "epoch_2.pth"
    said = train(config, tmp_path / "rest", "--resume", str(checkpoint), **options)
    assert said == [f"{checkpoint}: the schedule is the config's, for the training is longer now"]
    assert rates(tmp_path / "rest/epoch_4.pth") == rates(tmp_path / "whole/epoch_4.pth")


def test_new_values_that_do_not_count_are_named(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    checkpoint = trained / "epoch_1.pth"
    options = {"optim_wrapper.optimizer.weight_decay": 0.3, "param_scheduler.0.end": 7}
    said = train(config, tmp_path, "--resume", str(checkpoint), **options)
    assert [line.removeprefix(f"{checkpoint}: ") for line in said] == [
        "end of param_scheduler.0 (LinearLR) is the checkpoint's 30, not the config's 7",
        "optimizer.weight_decay is the checkpoint's 0.05, not the config's 0.3",
        "to start anew from its weights, train without --resume and with --cfg-options "
        f"load_from={checkpoint} resume=False",
    ]
    assert rates(tmp_path / "epoch_2.pth") == rates(trained / "epoch_2.pth")


def test_another_optimizer_is_refused_in_one_line(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    checkpoint = trained / "epoch_1.pth"
    options = {"optim_wrapper.optimizer.type": "SGD", "optim_wrapper.optimizer.momentum": 0.9}
    with pytest.raises(SystemExit) as caught:
        train(config, tmp_path, "--resume", str(checkpoint), **options)
    assert str(caught.value.code).startswith(
        f"error: cannot resume {checkpoint}: its optimizer is AdamW; the config's, SGD; "
    )
    assert not list(tmp_path.glob("*.pth"))


@pytest.mark.slow
def test_a_loss_that_one_process_alone_loses_ends_them_all(
    trained: Path, config: Path, unused_port: int, tmp_path: Path
) -> None:
    (tmp_path / "unlucky.py").write_text(
        "import os, torch\n"
        "from mmpretrain.models import ImageClassifier\n"
        "stock = ImageClassifier.loss\n"
        "def loss(self, *arguments):\n"
        "    losses = stock(self, *arguments)\n"
        "    return {k: v * torch.nan for k, v in losses.items()} if unlucky() else losses\n"
        "def unlucky():\n"
        "    return os.environ['RANK'] == '1'\n"
        "ImageClassifier.loss = loss\n"
    )
    cfg = Config.fromfile(config)
    cfg.custom_imports.imports = ["hrnet_mm", "unlucky"]
    cfg.train_cfg.max_epochs = 30
    cfg.dump(tmp_path / "config.py")
    command = ["bash", "tools/dist_train.sh", str(tmp_path / "config.py"), "2"]
    done = subprocess.run(
        [*command, "--work-dir", str(tmp_path), "--resume", str(trained / "epoch_2.pth")],
        cwd=REPOSITORY,
        env=os.environ
        | {
            "PYTHON": sys.executable,
            "PYTHONPATH": f"{tmp_path}:{REPOSITORY}",
            "OMP_NUM_THREADS": "1",
            "PORT": str(unused_port),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "error: training has diverged" in done.stderr
    assert not list(tmp_path.glob("*.pth"))
