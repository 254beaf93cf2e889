"""Ends a tool with one line for any error: what failed, during what, where the traceback is."""

import errno
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from hrnet_mm.errors import CheckpointError, UserError

SHOW_TRACEBACK = "HRNET_MM_TRACEBACK"  # the environment variable, set to anything
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# Their messages are meant for users, and complete.
_OWN_ERRORS = (UserError, CheckpointError)


@contextmanager
def one_clear_error() -> Iterator[None]:
    """End the program with ``error: …`` and exit status 1 instead of a traceback.

    The package's own errors are shown as they are, a line for each fault. Any other error is shown
    with its type, and in brackets the notes of `phase` and `traceback_kept`. With the environment
    variable `SHOW_TRACEBACK`, errors are raised unchanged.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get(SHOW_TRACEBACK):
            raise
        sys.exit("\n".join(f"error: {line}" for line in _lines(error)))


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Add a note to an error, such as "while building the model"."""
    try:
        yield
    except Exception as error:
        error.add_note(name)
        raise


@contextmanager
def traceback_kept(folder: Path) -> Iterator[None]:
    """Write the traceback of an error to a file in ``folder``, and add its path to the error.

    The package's own errors explain themselves and leave no file.
    """
    try:
        yield
    except _OWN_ERRORS:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            file = error.filename2 or error.filename  # of a copy, the second is its target
            full = Path(file).parent if isinstance(file, str) else folder
            error.add_note(f"make room for {full} and run it again, a training with --resume")
        rank = os.environ.get("RANK", "0")
        path = folder / f"error_{datetime.now():%Y%m%d_%H%M%S}_rank{rank}.log"
        with suppress(OSError):  # where nothing can be written, the error is what counts
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(traceback.format_exception(error)))
            error.add_note(f"traceback in {path}")
        raise


def raise_errors_of_logs(logger: logging.Logger) -> None:
    """Let an error of writing a log file end the run; logging shows its traceback and goes on."""
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handleError = _raise_again


def _raise_again(record: logging.LogRecord) -> None:
    del record
    error = sys.exception()  # logging calls this while it handles it
    assert error is not None
    raise error


def _lines(error: Exception) -> list[str]:
    name, text = _type_and_text(error)
    if isinstance(error, _OWN_ERRORS):
        return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = " ".join(text.split())
    if not isinstance(error, OSError):  # its message names the fault and the file
        text = f"{name}: {text}" if text else name
    return [f"{text} ({notes or f'{SHOW_TRACEBACK}=1 shows where'})"]


def _type_and_text(error: Exception) -> tuple[str, str]:
    text = str(error)
    *_, last = text.rpartition("Traceback (most recent call last):\n")
    if last == text:
        return type(error).__name__, _unquoted(text) if isinstance(error, KeyError) else text
    # A worker or another process sends its traceback as text: indented frames, then the error.
    frames = re.match(r"(?:[ \t]+.*\n)*", last)
    sent = last[frames.end() if frames else 0 :].strip()
    name, _, text = sent.partition(":")
    name, text = name.rpartition(".")[2], text.strip()
    return name, _unquoted(text) if name == "KeyError" else text


def _unquoted(text: str) -> str:
    """Remove the quotes that KeyError puts around its message."""
    quoted = re.fullmatch(r"""(['"])(.* .*)\1""", text, re.DOTALL)
    return quoted[2] if quoted else text
