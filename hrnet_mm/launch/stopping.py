"""Lets a training that is told to stop finish its iteration and write a checkpoint.

SIGTERM is what Slurm, containers and torchrun send some time before they kill; SIGINT is Ctrl-C.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from mmengine import dist
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.runner import BaseLoop, Runner

from hrnet_mm.launch.processes import synchronize_exit
from hrnet_mm.whole_file import whole_file

STOPPED = "stopped.pth"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopHook(Hook):
    """Ends a training after the iteration, or batch of a validation, in which a signal came.

    Several processes stop after the same iteration, also if only one of them got the signal, and
    finish a validation before. The
    checkpoint is ``stopped.pth``, beside the others and not counted by ``max_keep_ckpts``; the next
    one takes its place, and a training that ends deletes it. The exit status is that of shells, 128
    and the signal's number.

    A signal before the first iteration ends the process at once, and so does a second Ctrl-C.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._received = 0
        self._has_begun = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Receive the signals, except those that the process was started to ignore (nohup)."""
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        heard = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
        for number in heard:
            signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number in heard:
                signal.signal(number, before[number])

    def _receive(self, number: int, _: Any) -> None:
        if os.getpid() != self._process:
            return  # a data loader's worker, which Ctrl-C in a terminal reaches too
        if not self._has_begun:
            _say(f"stopped by {_name(number)} before the first iteration")
            raise SystemExit(128 + number)
        if not self._received:
            _say(f"{_name(number)}: writing a checkpoint after this iteration; Ctrl-C ends at once")
        self._received = self._received or number
        if signal.getsignal(signal.SIGINT) == self._receive:
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    def before_run(self, runner: Runner) -> None:
        """Let the workers that will be started leave the signals to this process."""
        for loop in (runner._train_loop, runner._val_loop):
            if isinstance(loop, BaseLoop):
                loader: Any = loop.dataloader
                loader.worker_init_fn = partial(_heed_parent_alone, loader.worker_init_fn)

    def before_train_iter(self, *_: Any, **__: Any) -> None:
        """From now on there is something to save."""
        self._has_begun = True

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop if any process was told to."""
        if number := self._agreed(runner):
            self._stop(runner, number, iteration=runner.iter + 1)

    def after_val_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Stop a single process within a validation, which may be long; it is not made up for."""
        # Several may have different numbers of batches, so they cannot agree here.
        if runner.world_size == 1 and (number := self._received):
            for hook in runner.hooks:
                if isinstance(hook, EMAHook):
                    hook.after_val_epoch(runner)  # puts the trained weights back
            self._stop(runner, number, iteration=runner.iter)

    def after_train(self, runner: Runner) -> None:
        """Delete the checkpoint of an earlier stop."""
        note = Path(runner.work_dir, "last_checkpoint")
        if dist.is_main_process() and note.is_file() and not note.read_text().endswith(STOPPED):
            Path(note.read_text()).with_name(STOPPED).unlink(missing_ok=True)

    def _agreed(self, runner: Runner) -> int:
        """Return the signal that any process got, or 0."""
        if runner.world_size == 1:
            return self._received
        received = torch.tensor(self._received)
        dist.all_reduce(received, op="max")
        return int(received)

    def _stop(self, runner: Runner, number: int, *, iteration: int) -> None:
        path = _save(runner, iteration=iteration)
        if dist.is_main_process():
            _say(
                f"stopped by {_name(number)} after iteration {iteration}, saved as {path}; to go "
                "on, give the same command with --resume"
            )
        synchronize_exit()
        sys.exit(128 + number)


def _save(runner: Runner, *, iteration: int) -> str:
    """Write a checkpoint where `CheckpointHook` writes its own, and note it as the last."""
    folder, where = runner.work_dir, {}
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            folder = str(hook.out_dir)
            where = dict(file_client_args=hook.file_client_args, backend_args=hook.backend_args)
    meta = dict(epoch=runner.epoch, iter=iteration)
    runner.save_checkpoint(folder, STOPPED, meta=meta, **where)
    path = f"{folder}/{STOPPED}"
    if dist.is_main_process():
        with whole_file(Path(runner.work_dir, "last_checkpoint")) as unfinished:
            unfinished.write_text(path)
    return path


def _name(number: int) -> str:
    return signal.Signals(number).name


def _say(text: str) -> None:
    os.write(2, f"{text}\n".encode())  # print is not for the handler of a signal


def _heed_parent_alone(init: Callable[[int], None] | None, worker: int) -> None:
    """Let a data loader's worker end when its parent asks for it, and at no other signal.

    Slurm and torchrun send SIGTERM to workers too, and the iteration needs its batch.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "sigwaitinfo"):  # not on macOS
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_end_with_parent, daemon=True).start()
    if init is not None:
        init(worker)


def _end_with_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)
