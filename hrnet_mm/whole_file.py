"""Writes a file or a folder whole or not at all.

A process that is killed, or a full disk, leaves the old file, or none, but never half a file.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PREFIX = ".unfinished-"  # of the hidden folders in which files are written


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, which takes the place of ``path`` at the end.

    It has the same file name, as some writers choose the format by the suffix, in a hidden folder
    beside the target, so that no pattern such as ``*.pth`` finds the unfinished file. Missing
    parent folders are created. A symbolic link stays one, and its target is written. After an error
    nothing is left, and ``path`` is as it was. That of a full disk or a folder that cannot be
    written to names ``path``. Devices, pipes and /dev/stdout are written to as they are, and the
    permissions of an old file stay.

    Args:
        path: The file to write or to replace.

    Yields:
        The path to write to.
    """
    if _is_stream(path):
        yield path
        return
    path = Path(os.path.realpath(path))
    with _folder_beside(path) as folder:
        unfinished = Path(folder, path.name)
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        if path.is_file():
            shutil.copymode(path, unfinished)
        os.replace(unfinished, path)


def _is_stream(path: Path) -> bool:
    # A file by the name of a descriptor is open already: others write to it, too.
    is_open = str(path).startswith(("/dev/std", "/dev/fd/", "/proc/"))
    return is_open or path.is_char_device() or path.is_block_device() or path.is_fifo()


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill, which takes the place of ``path`` at the end.

    After an error nothing is left, and ``path`` is as it was.

    Args:
        path: The folder to make or to replace.

    Yields:
        The folder to fill.
    """
    with _folder_beside(path) as folder:
        unfinished = Path(folder, path.name)
        unfinished.mkdir()
        yield unfinished
        if path.exists():
            os.replace(path, Path(folder, f"{path.name}.old"))
        os.replace(unfinished, path)


@contextmanager
def _folder_beside(path: Path) -> Iterator[str]:
    """Make a hidden folder beside a path for a while."""
    parent = path.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as folder:
            yield folder
    except OSError as error:
        if error.filename is None or _PREFIX in str(error.filename):
            error.filename, error.filename2 = str(path), None
        raise


def check_writable(path: Path) -> None:
    """Find out whether a file can be written, before hours are spent on what it will hold.

    Raises:
        OSError: It cannot; it names ``path``.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _is_stream(path):
        return
    target = Path(os.path.realpath(path))
    there = next(parent for parent in target.parents if parent.exists())
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    try:
        TemporaryDirectory(prefix=_PREFIX, dir=there).cleanup()
    except OSError as error:
        error.filename = str(path)
        raise


def delete_unfinished(folder: Path) -> None:
    """Delete what killed processes left unfinished in a folder."""
    for unfinished in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
