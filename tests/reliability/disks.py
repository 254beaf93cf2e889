"""Small disks and read-only folders, and the tools in this process."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system in the memory; skip the test where that is refused."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Let nothing be written below a mounted folder, not even by root."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def fill(folder: Path, *, but: int = 0) -> Path:
    """Fill a disk but for so many bytes; the file that does it can be deleted."""
    filler = folder / "filler"
    state = os.statvfs(folder)
    filler.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - but)))
    return filler


def run_tool(name: str, *arguments: object) -> int | str:
    """Run a tool; return what ``sys.exit`` got: 0, another status, or a message for status 1."""
    before = sys.argv
    sys.argv = [name, *map(str, arguments)]
    try:
        runpy.run_path(str(REPOSITORY / "tools" / name), run_name="__main__")
    except SystemExit as end:
        return 0 if end.code is None else end.code
    finally:
        sys.argv = before
    return 0


def one_line(end: int | str) -> str:
    """Check that a tool ended in one clear line and with status 1; return the line."""
    assert isinstance(end, str), end
    assert end.startswith("error: "), end
    assert "\n" not in end, end
    assert "Traceback" not in end, end
    return end
