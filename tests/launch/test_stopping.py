"""A training that is told to stop writes a checkpoint, from which it ends as if uninterrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.runner import Runner, loops

from hrnet_mm.checkpoint import reading, writing
from hrnet_mm.hooks import SeedHook
from hrnet_mm.launch.stopping import StopHook
from hrnet_mm.post_import import install
from tests.tiny_runner import tiny_runner

install([*reading.PATCHES, *writing.PATCHES])

EPOCHS, BATCHES = 3, 2  # of the tiny dataset


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """An iteration-based loop waits two seconds between passes, for its workers' sake."""
    monkeypatch.setattr(loops, "time", SimpleNamespace(sleep=lambda _: None))


class Send(Hook):
    """Sends this process a signal at a moment: a hook's method and how many iterations are done."""

    def __init__(self, number: int, moment: str, iteration: int) -> None:
        self._number, self._iteration = number, iteration
        setattr(self, moment, self._send)

    def _send(self, runner: Runner, *_: Any, **__: Any) -> None:
        if runner.iter == self._iteration:
            os.kill(os.getpid(), self._number)


def train(work_dir: Path, *hooks: Hook, by_epoch: bool, resume: bool = False) -> Runner:
    loop: dict[str, Any] = (
        dict(by_epoch=True, max_epochs=EPOCHS, val_interval=1)
        if by_epoch
        else dict(by_epoch=False, max_iters=EPOCHS * BATCHES, val_interval=BATCHES)
    )
    keep = dict(type=CheckpointHook, interval=1 if by_epoch else 2, max_keep_ckpts=1)
    torch.manual_seed(0)
    runner = tiny_runner(
        work_dir,
        train_cfg=loop,
        custom_hooks=[SeedHook(), EMAHook(momentum=0.5), *hooks],
        default_hooks=dict(checkpoint=dict(keep, by_epoch=by_epoch)),
        resume=resume,
    )
    stop = StopHook()
    with stop.listening():
        runner.register_hook(stop, priority="LOWEST")
        runner.train()
    return runner


def last(work_dir: Path) -> dict[str, Any]:
    path = Path((work_dir / "last_checkpoint").read_text())
    return torch.load(path, weights_only=True)


MOMENTS = [  # and how many iterations are done when it stops
    ("after_train_iter", 0, 1),
    ("before_train_iter", 2, 3),  # the first batch of an epoch
    ("after_train_iter", 3, 4),  # the last
    ("before_val_iter", 4, 4),
    ("before_train_iter", 5, 6),  # the last of all
]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("moment", "iteration", "done"), MOMENTS)
@pytest.mark.parametrize("by_epoch", [True, False], ids=["epochs", "iterations"])
def test_a_stopped_training_ends_as_an_uninterrupted_one(  # noqa: PLR0917
    by_epoch: bool,
    moment: str,
    iteration: int,
    done: int,
    number: signal.Signals,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole = train(tmp_path / "whole", by_epoch=by_epoch)
    work_dir = tmp_path / "work"
    with pytest.raises(SystemExit) as caught:
        train(work_dir, Send(number, moment, iteration), by_epoch=by_epoch)
    assert caught.value.code == 128 + number
    begin, end = capfd.readouterr().err.splitlines()[-2:]
    name = number.name
    assert begin == f"{name}: writing a checkpoint after this iteration; Ctrl-C ends at once"
    assert end == (
        f"stopped by {name} after iteration {done}, saved as {work_dir}/stopped.pth; to go on, "
        "give the same command with --resume"
    )
    assert last(work_dir)["meta"]["iter"] == done
    resumed = train(work_dir, by_epoch=by_epoch, resume=True)
    assert resumed.iter == whole.iter == EPOCHS * BATCHES
    found, wanted = last(work_dir), last(tmp_path / "whole")
    for part in ("state_dict", "ema_state_dict"):
        for weight, value in wanted[part].items():
            assert torch.equal(found[part][weight], value), (part, weight)
    assert found["meta"]["epoch"] == wanted["meta"]["epoch"]
    is_all_done = not by_epoch and done == EPOCHS * BATCHES  # so that no newer one is written
    assert (work_dir / "stopped.pth").exists() == is_all_done


def test_a_signal_before_the_first_iteration_ends_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        train(tmp_path, Send(signal.SIGTERM, "before_train", 0), by_epoch=True)
    assert caught.value.code == 128 + signal.SIGTERM
    assert capfd.readouterr().err.endswith("stopped by SIGTERM before the first iteration\n")
    assert not (tmp_path / "last_checkpoint").exists()


def test_signals_are_received_during_the_training_alone(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    train(tmp_path, by_epoch=True)
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == before


def test_what_is_ignored_stays_ignored() -> None:
    """As in a shell's background, and under nohup."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopHook().listening():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


SECOND = """
import os, signal, time
from hrnet_mm.launch.stopping import StopHook
hook = StopHook()
with hook.listening():
    hook.before_train_iter()
    os.kill(os.getpid(), signal.SIGINT)
    print("goes on", flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("never", flush=True)
"""

WORKER = """
import os, signal, sys, time
from torch.utils.data import DataLoader
from functools import partial
from hrnet_mm.launch.stopping import _heed_parent_alone
class Slow:
    def __len__(self): return 3
    def __getitem__(self, i):
        print(os.getpid(), flush=True)
        time.sleep(0.5)
        return i
def main():
    loader = DataLoader(Slow(), num_workers=1, worker_init_fn=partial(_heed_parent_alone, None))
    batches = iter(loader)
    (worker,) = batches._workers
    time.sleep(0.3)
    other = f"import os, signal; os.kill({worker.pid}, signal.%s)"
    for name in ("SIGTERM", "SIGINT"):
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", repr_(other, name)])
    assert [int(x) for x in batches] == [0, 1, 2]
    batches = iter(loader)
    (worker,) = batches._workers
    time.sleep(0.3)
    worker.terminate()
    worker.join(5)
    assert not worker.is_alive()
def repr_(text, name): return text % name
main()
"""


def _run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once() -> None:
    done = _run(SECOND)
    assert done.stdout == "goes on\n"
    assert done.returncode == -signal.SIGINT


@pytest.mark.slow
def test_workers_end_when_their_parent_says_so_alone() -> None:
    done = _run(WORKER)
    assert done.returncode == 0, done.stderr
