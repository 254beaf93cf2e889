"""Stops trainings at random moments and resumes: ``python -m tests.reliability.kill_matrix``.

Each is the training of ``tools/train.py`` with small networks, whose every kind of state differs
from one iteration to the next: EMA, save_best, max_keep_ckpts=1, augmentations, loader workers. The
losses of all iterations are compared with those of the same training uninterrupted. Every run is a
fork of one process that has imported everything.
"""

import argparse
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)

# isort: split
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from demo.painter import write_toy_scenes
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train
from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy

TASKS = {"pose": "coco/AP", "seg": "mIoU", "det": "coco/bbox_mAP", "cls": "accuracy/top1"}
EPOCHS, BATCHES = 3, 4


@HOOKS.register_module()
class NoteLosses(Hook):
    """Appends iteration, loss and time to a file; of an iteration that ran twice, the later one."""

    def __init__(self, path: str) -> None:
        self.path = path

    def after_train_iter(self, runner: Any, *_: Any, outputs: Any = None, **__: Any) -> None:
        if runner.rank == 0:
            with open(self.path, "a") as file:
                file.write(f"{runner.iter} {float(outputs['loss'])!r} {time.time()}\n")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A kind of training.

    Attributes:
        task: One of `TASKS`.
        by_epoch: Whether the loop is epoch-based.
        processes: How many train together.
    """

    task: str
    by_epoch: bool
    processes: int

    def __str__(self) -> str:
        loop = "epochs" if self.by_epoch else "iterations"
        return f"{self.task}, {loop}, {self.processes} process{'es' * (self.processes > 1)}"


def config(setting: Setting, scenes: Path) -> Config:
    """Make the config of a training of twelve iterations."""
    cfg = small_toy(setting.task, scenes, log_level="WARNING", **NARROW[setting.task])
    cfg.model.backbone.arch = ARCH
    loader = cfg.train_dataloader
    loader.update(num_workers=1, persistent_workers=True, batch_size=2 // setting.processes)
    loader.dataset.indices = 2 * BATCHES
    cfg.val_dataloader.dataset.indices = 2
    hook = dict(max_keep_ckpts=1, save_best=TASKS[setting.task], rule="greater")
    if setting.by_epoch:
        cfg.train_cfg = dict(by_epoch=True, max_epochs=EPOCHS, val_interval=2)
        hook |= dict(interval=1)
    else:
        cfg.train_cfg = dict(by_epoch=False, max_iters=EPOCHS * BATCHES, val_interval=6)
        loader.sampler = dict(type="InfiniteSampler", shuffle=True)
        hook |= dict(interval=3, by_epoch=False)
        cfg.param_scheduler = [dict(type="PolyLR", eta_min=1e-4, end=12, by_epoch=False)]
        cfg.log_processor = dict(by_epoch=False)
    cfg.default_hooks.checkpoint = dict(type="CheckpointHook", **hook)
    cfg.custom_hooks.append(dict(type="EMAHook", momentum=0.1))
    cfg.env_cfg.dist_cfg = dict(backend="gloo")
    return cfg


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a training ended that was stopped and resumed.

    Attributes:
        setting: The kind of training.
        signal: What stopped it.
        done: Iterations that were done then.
        status: The exit status of its processes, negative for a signal.
        difference: The largest relative difference of a loss.
    """

    setting: Setting
    signal: str
    done: int
    status: int
    difference: float


class Matrix:
    """Runs trainings below a folder."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._scenes = write_toy_scenes(
            folder / "toy", num_train=2 * BATCHES, num_val=2, processes=1
        )
        self._whole = cache(self._run_whole)

    def run(self, number: int, setting: Setting, sent: signal.Signals) -> Result:
        """Stop a training once, between its first iteration and its end, and resume it."""
        whole, seconds = self._whole(setting)
        work_dir = self._folder / f"run{number}"
        after = self._random.randint(1, len(whole) - 1)
        delay = self._random.uniform(0, seconds)
        status = self._train(setting, work_dir, stop=(after, delay, sent))
        done = len(_losses(work_dir))
        resumed = self._train(setting, work_dir, resume="auto")
        assert resumed == 0, (setting, resumed)
        return Result(
            setting=setting,
            signal=sent.name,
            done=done,
            status=status,
            difference=_difference(_losses(work_dir), whole),
        )

    def _run_whole(self, setting: Setting) -> tuple[dict[int, float], float]:
        """Train uninterrupted; return the losses, and the seconds of an iteration."""
        work_dir = self._folder / str(setting)
        assert self._train(setting, work_dir) == 0, setting
        times = [time for *_, time in _notes(work_dir)]
        return _losses(work_dir), (times[-1] - times[0]) / (len(times) - 1)

    def _train(
        self,
        setting: Setting,
        work_dir: Path,
        *,
        resume: str | None = None,
        stop: tuple[int, float, signal.Signals] | None = None,
    ) -> int:
        """Train in forks; return the exit status of the first, negative for a signal."""
        path = work_dir.with_suffix(".py")
        if not path.exists():
            cfg = config(setting, self._scenes)
            note = str(work_dir.with_suffix(".txt"))
            cfg.custom_hooks.append(dict(type="NoteLosses", path=note))
            cfg.dump(path)
        launcher = "pytorch" if setting.processes > 1 else "none"
        options = RunOptions(config=str(path), work_dir=str(work_dir), launcher=launcher)
        port, children = _unused_port(), []
        for rank in range(setting.processes):
            variables = dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=setting.processes)
            variables |= dict(MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
            children.append(
                _fork(
                    lambda: train(options, resume=resume, amp=False, auto_scale_lr=False),
                    environment={k: str(v) for k, v in variables.items()},
                    log=work_dir.with_suffix(f".rank{rank}.log"),
                )
            )
        if stop is not None:
            after, delay, sent = stop
            while len(_losses(work_dir)) < after:
                time.sleep(0.002)
            time.sleep(delay)
            for child in children:
                os.killpg(child, sent)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        return statuses[0]


def _fork(work: Callable[[], Any], *, environment: dict[str, str], log: Path) -> int:
    """Run ``work`` in a child process in a group of its own, as torchrun and shells start them."""
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    os.environ.update(environment)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    status = 1
    try:
        with one_clear_error():
            work()
        status = 0
    except SystemExit as error:
        if isinstance(error.code, int):
            status = error.code
        else:
            print(error.code)
    finally:
        sys.stdout.flush()
        os._exit(status)


def _unused_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def _notes(work_dir: Path) -> list[tuple[int, float, float]]:
    note = work_dir.with_suffix(".txt")
    lines = note.read_text().splitlines() if note.exists() else []
    return [(int(i), float(loss), float(time)) for i, loss, time in map(str.split, lines)]


def _losses(work_dir: Path) -> dict[int, float]:
    return {iteration: loss for iteration, loss, _ in _notes(work_dir)}


def _difference(losses: dict[int, float], whole: dict[int, float]) -> float:
    if losses.keys() != whole.keys():
        return float("inf")
    return max(abs(losses[i] - whole[i]) / abs(whole[i]) for i in whole)


def plan(cases: int) -> list[Setting]:
    """Let the cases go through the tasks, loops and numbers of processes in turn."""
    settings = [
        Setting(task=task, by_epoch=by_epoch, processes=processes)
        for processes, by_epoch, task in product((1, 2), (True, False), TASKS)
    ]
    return [settings[number % len(settings)] for number in range(cases)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("signal", choices=["SIGKILL", "SIGTERM", "SIGINT"])
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="case to begin with")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    args = parser.parse_args()
    torch.set_num_threads(1)
    # A shell without job control lets what it runs in the background ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with TemporaryDirectory() as folder:
        matrix = Matrix(Path(folder), seed=args.seed)
        for number, setting in enumerate(plan(args.first + args.cases)[args.first :]):
            result = matrix.run(number, setting, signal.Signals[args.signal])
            print(json.dumps(asdict(result) | {"setting": str(setting)}), flush=True)


if __name__ == "__main__":
    main()
