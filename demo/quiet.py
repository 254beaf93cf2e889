"""Sends what is printed to a file: by Python, by C code and by the processes that are started."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STANDARD_STREAMS = (1, 2)  # file descriptors of output and errors


def terminal() -> TextIO:
    """Return a stream to where standard output goes now, whatever `output_in` does later."""
    encoding = sys.stdout.encoding
    return os.fdopen(os.dup(STANDARD_STREAMS[0]), "w", encoding=encoding, errors="replace")


@contextmanager
def output_in(log: Path) -> Iterator[None]:
    """Append what this process and those that it starts print to a file.

    The traceback of an error is written there too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        before = [os.dup(stream) for stream in STANDARD_STREAMS]
        _redirect([file.fileno()] * len(before))
        try:
            yield
        except Exception:
            traceback.print_exc(file=file)
            raise
        finally:
            _redirect(before)
            for copy in before:
                os.close(copy)


def _redirect(targets: list[int]) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for stream, target in zip(STANDARD_STREAMS, targets, strict=True):
        os.dup2(target, stream)
