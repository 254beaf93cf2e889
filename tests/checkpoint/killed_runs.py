"""Trains in the folder that is given, once for each point at which a training can be killed.

A script for test_writing. Each training is a fork that kills itself while it saves its
third checkpoint: first with stock mmengine, in ``stock/``, then with the repairs, in ``repaired/``.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import torch
from mmengine.fileio import LocalBackend
from mmengine.runner import Runner

from tests.tiny_runner import tiny_runner

KEEP_ONE = {"type": "CheckpointHook", "interval": 1, "max_keep_ckpts": 1}


def kill() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def replace_on_third_epoch(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Let ``replacement`` take the place of a function once the third checkpoint is being saved."""
    stock, save = getattr(owner, name), Runner.save_checkpoint

    def save_checkpoint(self: Runner, *args: Any, **kwargs: Any) -> None:
        if self.epoch + 1 == 3:
            setattr(owner, name, lambda *args, **kwargs: replacement(stock, *args, **kwargs))
        save(self, *args, **kwargs)

    Runner.save_checkpoint = save_checkpoint  # type: ignore[method-assign]


def kill_before_writing(stock: Callable[..., Any], *args: Any, **kwargs: Any) -> NoReturn:
    kill()


def kill_in_the_middle(
    stock: Callable[..., Any], backend: LocalBackend, data: bytes, path: str
) -> NoReturn:
    stock(backend, data[: len(data) // 2], path)
    kill()


def kill_at_last_checkpoint(stock: Callable[..., Any], source: Any, target: Any) -> None:
    if Path(target).name == "last_checkpoint":
        kill()
    stock(source, target)


POINTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "before writing": (LocalBackend, "put", kill_before_writing),
    "in the middle": (LocalBackend, "put", kill_in_the_middle),
    "before renaming": (os, "replace", kill_before_writing),
    "before last_checkpoint": (os, "replace", kill_at_last_checkpoint),
    "before deleting": (LocalBackend, "remove", kill_before_writing),
}


def train(work_dir: Path, point: str) -> None:
    owner, name, replacement = POINTS[point]
    replace_on_third_epoch(owner, name, replacement)
    tiny_runner(work_dir, epochs=4, default_hooks={"checkpoint": KEEP_ONE}).train()


def train_at_every_point(folder: Path) -> None:
    for point in POINTS:
        child = os.fork()
        if child == 0:
            train(folder / point, point)
            os._exit(0)
        os.waitpid(child, 0)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    tiny_runner(folder / "unused")  # so that what it imports is there before the forks
    train_at_every_point(folder / "stock")

    from hrnet_mm.checkpoint.writing import PATCHES
    from hrnet_mm.post_import import install

    install(PATCHES)
    train_at_every_point(folder / "repaired")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
