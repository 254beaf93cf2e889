"""Files that a prediction writes: whole or not at all, and an error names the file."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file


@contextmanager
def write_errors_named(
    path: Path, *, errors: type[Exception] | tuple[type[Exception], ...] = OSError
) -> Iterator[None]:
    """Raise a `UserError` that names the file for an error of writing, such as of a full disk."""
    try:
        yield
    except errors as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise UserError(f"cannot write {path}: {reason}") from error


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text as UTF-8.

    Raises:
        UserError: It cannot be written.
    """
    if isinstance(content, str):
        # Names of files need not be valid text.
        content = content.encode(errors="surrogateescape")
    with write_errors_named(path), whole_file(path) as unfinished:
        unfinished.write_bytes(content)


def write_jpeg(path: Path, image: np.ndarray) -> None:
    """Write an image, (H, W, 3) in BGR order, uint8.

    Raises:
        UserError: It cannot be written, or has more than 65535 rows or columns.
    """
    with write_errors_named(path, errors=cv2.error):
        is_encoded, content = cv2.imencode(".jpg", image)
    if not is_encoded:
        raise UserError(f"cannot write {path}: JPEG does not take an image of shape {image.shape}")
    write_whole(path, content.tobytes())


@contextmanager
def growing_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Write a text file bit by bit, under the name ``NAME.part`` until it is complete.

    Yields:
        A function that adds text, which is in the file when it returns.

    Raises:
        UserError: The file cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.part")

    def add(text: str) -> None:
        with write_errors_named(path):
            file.write(text)
            file.flush()

    with write_errors_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = unfinished.open("w", encoding="utf-8", errors="surrogateescape", newline="")
    try:
        yield add
    finally:
        with write_errors_named(path):
            file.close()
    os.replace(unfinished, path)
