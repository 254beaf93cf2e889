"""Fetches public files once into torch.hub's cache and checks them by the hash in their names.

mmengine lets torch.hub check none of them, and torch.hub finds no hash before a date. Here each
file is checked whenever it is used, and an interrupted download goes on where it stopped.
"""

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import in_one_line
from hrnet_mm.version import __version__

# The first digits of the file's sha256, as in "w32-81c58e40_20220909.pth"; "w32-20220909.pth" has
# a date alone.
_HASH = re.compile(r"-(?!20\d{6})([0-9a-f]{8})(_\d{8})?\.pth$")

_TIMEOUT = 30  # seconds without an answer or data
_SHORT_TIMEOUT = 5  # seconds, to ask whether a file is there
_CHUNK = 1 << 20  # bytes
_HEADERS = {"User-Agent": f"hrnet_mm/{__version__}"}
_LINE_EVERY = 10  # seconds, where there is no terminal to draw a bar in


def fetch(address: str) -> Path:
    """Return the file of an address: from torch.hub's cache, or fetched into it.

    Only a whole file gets its name there. One with a wrong hash is deleted, also if it was there
    before. Processes that fetch the same file wait for the first.

    Raises:
        CheckpointError: It cannot be fetched, or is not the file that its name says.
    """
    from filelock import FileLock  # PyTorch brings it

    path = cached_path(address)
    if _is_good(path):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = Path(f"{path}.lock")
    with FileLock(lock):
        if not _is_good(path):
            _replace(path, address=address)
    lock.unlink(missing_ok=True)  # who waits for it still will find the file
    return path


def is_available(address: str) -> bool:
    """Whether the file of an address is in the cache, or its server answers soon that it has it."""
    if cached_path(address).is_file():
        return True
    try:
        with urlopen(Request(address, method="HEAD", headers=_HEADERS), timeout=_SHORT_TIMEOUT):
            return True
    except (OSError, HTTPException):
        return False


def _replace(path: Path, *, address: str) -> None:
    if path.exists():
        _say(f"{path} is not the file that its name says: fetching it anew")
        path.unlink()
    part = Path(f"{path}.part")
    try:
        _download(address, part)
    except (OSError, HTTPException) as error:
        raise CheckpointError(
            f"Cannot fetch {address}: {in_one_line(error)}. Check the address and the network and "
            f"try again, or put the file at {path}"
        ) from error
    wanted = hash_in(path.name)
    if wanted is None:
        _say(f"{path.name} has no hash in its name: what was fetched is unchecked")
    elif (found := _hash_of(part)) != wanted:
        part.unlink()
        raise CheckpointError(
            f"Cannot fetch {address}: its sha256 should begin with {wanted}, as its name says, but "
            f"that of what came begins with {found}; it was deleted. Try again, or put the file at "
            f"{path}"
        )
    os.replace(part, path)


def cached_path(address: str) -> Path:
    """Return where torch.hub, and mmengine with it, keeps the file of an address."""
    import torch

    return Path(torch.hub.get_dir(), "checkpoints", Path(urlparse(address).path).name)


def hash_in(name: str) -> str | None:
    """Return the first digits of the sha256 of a file, from its name; None if that has none."""
    found = _HASH.search(name)
    return found[1] if found else None


def _is_good(path: Path) -> bool:
    wanted = hash_in(path.name)
    return path.is_file() and (wanted is None or _hash_of(path) == wanted)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _download(address: str, part: Path) -> None:
    """Fetch the rest of a file, or all of it where the server sends no parts.

    Raises:
        OSError, HTTPException: The rest does not come, or not all of it.
    """
    # What is there already is used only if the hash shows whether the rest fits.
    done = part.stat().st_size if part.is_file() and hash_in(part.stem) else 0
    try:
        response = _open(address, start=done)
    except HTTPError as error:
        if not done or error.code != 416:  # there is nothing from there on
            raise
        done, response = 0, _open(address, start=0)
    with response:
        done = done if response.status == 206 else 0  # "partial content"
        rest = response.headers["Content-Length"]
        total = done + int(rest) if rest else None
        _say(f"fetching {address}" + (f" from {_megabytes(done)} on" if done else ""))
        with part.open("ab" if done else "wb") as file, _progress(done, total) as show:
            done = _copy(response, file, done, show)
            os.fsync(file.fileno())
    if total is not None and done != total:
        raise ConnectionError(
            f"the connection ended after {_megabytes(done)} of {_megabytes(total)}"
        )


def _open(address: str, *, start: int) -> Any:
    headers = _HEADERS | ({"Range": f"bytes={start}-"} if start else {})
    return urlopen(Request(address, headers=headers), timeout=_TIMEOUT)


def _copy(response: Any, file: BinaryIO, done: int, show: Any) -> int:
    while chunk := response.read(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        show(done)
    file.flush()
    return done


@contextmanager
def _progress(done: int, total: int | None) -> Iterator[Any]:
    """Give a function that shows how many bytes are here: in a bar, or in a line now and then."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        last = time.monotonic()

        def say(done: int) -> None:
            nonlocal last
            if time.monotonic() - last > _LINE_EVERY:
                last = time.monotonic()
                _say(f"  {_megabytes(done)}" + (f" of {_megabytes(total)}" if total else ""))

        yield say
        return
    columns = (
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total, completed=done)
        yield lambda done: bar.update(task, completed=done)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
