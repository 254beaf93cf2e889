"""The Slurm scripts call srun as its users expect; srun itself is replaced by one that prints."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


def run(script: str, *arguments: str, folder: Path, **environment: str) -> list[str]:
    srun = folder / "srun"
    srun.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    srun.chmod(0o755)
    done = subprocess.run(
        ["bash", str(REPOSITORY / "tools" / script), *arguments],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_train_passes_the_job_and_the_options(tmp_path: Path) -> None:
    words = run(
        *("slurm_train.sh", "gpu", "name", "config.py", "work", "--amp"),
        folder=tmp_path,
        GPUS="4",
        SRUN_ARGS="--time=1:00:00 --exclusive",
    )
    assert {"--partition=gpu", "--job-name=name", "--gres=gpu:4", "--ntasks=4"} <= set(words)
    assert {"--ntasks-per-node=4", "--time=1:00:00", "--exclusive"} <= set(words)
    script = next(i for i, word in enumerate(words) if word.endswith("/train.py"))
    assert words[script + 1 :] == [
        "config.py",
        "--work-dir",
        "work",
        "--amp",
        "--launcher",
        "slurm",
    ]


def test_test_passes_the_checkpoint(tmp_path: Path) -> None:
    words = run(
        *("slurm_test.sh", "gpu", "name", "config.py", "w32.pth", "--out", "x.json"),
        folder=tmp_path,
    )
    assert "--gres=gpu:8" in words
    script = next(i for i, word in enumerate(words) if word.endswith("/test.py"))
    assert words[script + 1 :] == [
        "config.py",
        "w32.pth",
        "--out",
        "x.json",
        "--launcher",
        "slurm",
    ]


@pytest.mark.parametrize(
    "script", ["slurm_train.sh", "slurm_test.sh", "dist_train.sh", "dist_test.sh"]
)
def test_missing_arguments_show_the_usage(script: str) -> None:
    done = subprocess.run(
        ["bash", str(REPOSITORY / "tools" / script)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert f"usage: {script}" in done.stderr
