"""Ends a tool with one line for whatever goes wrong: what, while doing what, where to read more."""

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.errors import CheckpointError, UserError

SHOW_TRACEBACK = "HRNET_MM_TRACEBACK"  # the environment variable, set to anything

# What these say is meant for a user and complete.
_REFUSALS = (UserError, CheckpointError)


@contextmanager
def one_clear_error() -> Iterator[None]:
    """End the program with ``error: …`` and exit status 1 instead of a traceback.

    A refusal of this package is shown as it is, a line for each fault. Any other error has its
    type, and in brackets what `phase` and `traceback_kept` have noted on it. With the environment
    variable `SHOW_TRACEBACK` errors pass.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get(SHOW_TRACEBACK):
            raise
        sys.exit("\n".join(f"error: {line}" for line in _lines(error)))


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Note on an error what was being done, such as "while building the model"."""
    try:
        yield
    except Exception as error:
        error.add_note(name)
        raise


@contextmanager
def traceback_kept(folder: Path) -> Iterator[None]:
    """Write the traceback of an error to a file in ``folder`` and note its path on the error.

    A refusal of this package explains itself and leaves none.
    """
    try:
        yield
    except _REFUSALS:
        raise
    except Exception as error:
        folder.mkdir(parents=True, exist_ok=True)
        rank = os.environ.get("RANK", "0")
        path = folder / f"error_{datetime.now():%Y%m%d_%H%M%S}_rank{rank}.log"
        path.write_text("".join(traceback.format_exception(error)))
        error.add_note(f"traceback in {path}")
        raise


class RunPhaseHook(Hook):
    """Knows which iteration of a run is at work."""

    def __init__(self) -> None:
        self.phase = "before the first iteration"

    def before_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Note the iteration."""
        self.phase = f"in iteration {runner.iter + 1}"

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Note that the next batch is read, or a checkpoint written."""
        self.phase = f"after iteration {runner.iter + 1}"

    def before_val_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Note the batch."""
        self.phase = f"in batch {batch_idx + 1} of the validation after iteration {runner.iter}"

    def after_val_iter(self, runner: Runner, batch_idx: int, *_: Any, **__: Any) -> None:
        """Note that the next batch is read, or metrics computed."""
        self.phase = f"after batch {batch_idx + 1} of the validation after iteration {runner.iter}"

    def before_test_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Note the batch."""
        self.phase = f"in batch {batch_idx + 1} of the test"

    def after_test_iter(self, runner: Runner, batch_idx: int, *_: Any, **__: Any) -> None:
        """Note that the next batch is read, or metrics computed."""
        self.phase = f"after batch {batch_idx + 1} of the test"


@contextmanager
def run_phase(runner: Runner) -> Iterator[None]:
    """Note on an error of a run in which iteration it was raised."""
    hook = RunPhaseHook()
    runner.register_hook(hook, priority="HIGHEST")
    try:
        yield
    except Exception as error:
        error.add_note(hook.phase)
        raise


def _lines(error: Exception) -> list[str]:
    name, text = _type_and_text(error)
    if isinstance(error, _REFUSALS):
        return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = " ".join(text.split())
    if not isinstance(error, OSError):  # these name their fault and the file
        text = f"{name}: {text}" if text else name
    return [f"{text} ({notes or f'{SHOW_TRACEBACK}=1 shows where'})"]


def _type_and_text(error: Exception) -> tuple[str, str]:
    text = str(error)
    *_, last = text.rpartition("Traceback (most recent call last):\n")
    if last == text:
        return type(error).__name__, _unquoted(text) if isinstance(error, KeyError) else text
    # A data loader's worker or another process sends its traceback as text. After the frames, which
    # are indented, comes the error.
    frames = re.match(r"(?:[ \t]+.*\n)*", last)
    sent = last[frames.end() if frames else 0 :].strip()
    name, _, text = sent.partition(":")
    name, text = name.rpartition(".")[2], text.strip()
    return name, _unquoted(text) if name == "KeyError" else text


def _unquoted(text: str) -> str:
    """Take a sentence out of the quotes that KeyError puts around what it is given."""
    quoted = re.fullmatch(r"""(['"])(.* .*)\1""", text, re.DOTALL)
    return quoted[2] if quoted else text
