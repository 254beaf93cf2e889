"""A worker of a data loader that dies or hangs ends the training with a reason."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.launch.building import PATIENCE, _end_hanging_workers
from hrnet_mm.launch.clear_errors import one_clear_error, traceback_kept
from hrnet_mm.launch.run_phase import run_phase
from tests.tiny_runner import TinyDataset, tiny_runner


class Failing(TinyDataset):
    """Does something at its third sample."""

    def __init__(self, fail: Callable[[], None]) -> None:
        super().__init__()
        self._fail = fail

    def __getitem__(self, index: int) -> dict[str, Any]:
        if index == 2:
            self._fail()
        return super().__getitem__(index)


def train(work_dir: Path, fail: Callable[[], None], **loader: Any) -> str:
    sampler = dict(type="DefaultSampler", shuffle=False)
    defaults = dict(dataset=Failing(fail), batch_size=2, num_workers=1, sampler=sampler)
    runner = tiny_runner(work_dir, train_dataloader=defaults | loader)
    ended = pytest.raises(SystemExit)
    with ended as caught, one_clear_error(), traceback_kept(work_dir), run_phase(runner):
        runner.train()
    assert isinstance(caught.value.code, str)
    return caught.value.code


def test_one_that_dies_is_named(tmp_path: Path) -> None:
    line = train(tmp_path, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert line.startswith("error: RuntimeError: DataLoader worker (pid")
    assert "killed by signal: Killed" in line or "exited unexpectedly" in line
    assert "; if memory ran out: fewer *_dataloader.num_workers;" in line
    assert "\n" not in line


def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    line = train(tmp_path, lambda: time.sleep(60), timeout=2)
    assert line.startswith("error: RuntimeError: DataLoader timed out after 2 seconds (after iter")
    assert (
        "a worker hangs, in the storage or a transform; *_dataloader.timeout is the limit" in line
    )
    assert "\n" not in line


def test_loaders_with_workers_have_a_limit_unless_the_config_has_one() -> None:
    cfg = Config(
        dict(
            train_dataloader=dict(num_workers=2),
            val_dataloader=dict(num_workers=2, timeout=5),
            test_dataloader=dict(num_workers=0),
        )
    )
    _end_hanging_workers(cfg, splits=("train", "val", "test"))
    assert cfg.train_dataloader.timeout == PATIENCE
    assert cfg.val_dataloader.timeout == 5
    assert "timeout" not in cfg.test_dataloader
