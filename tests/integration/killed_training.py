"""Trains, is killed at a chosen point, resumes: ``python killed_training.py CONFIG WORK_DIR``.

Started by test_resume.py. Every run is a fork of one process that has imported everything, so that
a dozen runs cost one start. Prints a json object: the losses of each case, by iteration.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)

# isort: split
import mmpose.datasets
import mmpose.evaluation
import mmpose.models  # noqa: F401  (paid for once, before the forks)
import torch
from mmengine.config import Config
from mmengine.fileio import LocalBackend
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

Kill = Callable[[], None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@HOOKS.register_module()
class RecordLosses(Hook):
    """Appends (iteration, loss) to a file, and dies before an iteration if it is told to."""

    def __init__(self, path: str, die_before: int | None) -> None:
        self.path = path
        self.die_before = die_before

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        if runner.iter == self.die_before:
            die()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        with open(self.path, "a") as file:
            file.write(f"{runner.iter} {float(outputs['loss'])!r}\n")


def die_while_writing(number: int) -> None:
    """Die in the middle of writing the checkpoint of that number, counted from 1."""
    stock = LocalBackend.put
    calls = 0

    def put(self: LocalBackend, obj: Any, filepath: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            Path(filepath).write_bytes(bytes(obj)[: len(obj) // 2])
            die()
        stock(self, obj, filepath)

    LocalBackend.put = put


def run(config: str, work_dir: Path, *, resume: bool, die_before: int | None = None) -> None:
    cfg = Config.fromfile(config)
    cfg.work_dir = str(work_dir)
    cfg.resume = resume
    losses = str(work_dir.with_suffix(".txt"))
    cfg.custom_hooks.append(dict(type="RecordLosses", path=losses, die_before=die_before))
    Runner.from_cfg(cfg).train()


def fork(work: Callable[[], None]) -> int:
    """Run ``work`` in a child process; return the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def read(work_dir: Path) -> dict[int, float]:
    """Read the losses; of an iteration that ran twice, the later one."""
    lines = work_dir.with_suffix(".txt").read_text().splitlines()
    return {int(iteration): float(loss) for iteration, loss in map(str.split, lines)}


def main() -> None:
    torch.set_num_threads(1)
    config, folder, *points = sys.argv[1:]
    cases: dict[str, dict[int, float]] = {}
    whole = Path(folder) / "uninterrupted"
    assert fork(lambda: run(config, whole, resume=False)) == 0
    cases["uninterrupted"] = read(whole)
    for point in points:
        kind, number = point.split(":")
        work_dir = Path(folder) / f"{kind}-{number}"

        def killed(kind: str = kind, number: str = number, work_dir: Path = work_dir) -> None:
            if kind == "writing":
                die_while_writing(int(number))
            die_before = int(number) if kind == "iteration" else None
            run(config, work_dir, resume=False, die_before=die_before)

        assert fork(killed) == signal.SIGKILL, point
        assert fork(lambda work_dir=work_dir: run(config, work_dir, resume=True)) == 0, point
        cases[point] = read(work_dir)
    Path(folder, "losses.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
