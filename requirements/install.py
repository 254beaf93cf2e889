"""Install the pinned packages and hrnet_mm: ``python requirements/install.py FOLDER [--dev]``.

Makes the environment FOLDER if it is missing; ``--dev`` adds the tools for tests and checks. Prints
a line for each step, with its time and what it adds to the disk; what the installers say is in
``FOLDER/install.log``. Needs nothing but Python; where uv is on PATH, it installs.
"""

import argparse
import contextlib
import ctypes.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements"
TORCH = re.findall(r"^(?:torch|torchvision)==\S+", (PINS / "runtime.txt").read_text(), re.MULTILINE)
LAST_LINES = 15  # of the log, shown after a failure
REFRESH = 0.1  # seconds


class StepError(Exception):
    """A step failed; the log says why."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A folder made by venv, and the steps that fill it."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "install.log"

    def make(self) -> None:
        """Make the environment, unless it is there with its pip, which venv installs last."""
        if not (self.folder / "bin/pip").exists():
            command = (sys.executable, "-m", "venv", str(self.folder))
            self._run(f"Python {platform.python_version()} in {self.folder.name}", [command])

    def install(self, title: str, *arguments: str, or_else: str = "failed") -> None:
        """Install what arguments of ``pip install`` say; print ``or_else`` where that fails.

        Raises:
            StepError: It cannot be installed.
        """
        python = str(self.folder / "bin/python")
        pip = (python, "-m", "pip", "install", *arguments)
        uv = ("uv", "pip", "install", "--python", python, *arguments)
        # pip after uv too: only its settings may name the index to be used.
        self._run(title, [uv, pip] if shutil.which("uv") else [pip], or_else)

    def _run(self, title: str, commands: Sequence[Sequence[str]], or_else: str = "failed") -> None:
        """Run commands until one succeeds, and tell how long it took and how much it added."""
        start, size = time.monotonic(), self._size()
        status = Line(f"{title}:")
        for command in commands:
            with self.log.open("a") as log:
                print("$", *command, file=log, flush=True)
                process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
                while process.poll() is None:
                    status.show(f"{time.monotonic() - start:.0f} s")
                    time.sleep(REFRESH)
            if process.returncode == 0:
                added = max(0, self._size() - size) / 1e6
                amount = f"{added / 1e3:.1f} GB" if added >= 1e3 else f"{added:.0f} MB"
                return status.end(f"{time.monotonic() - start:.0f} s, {amount}")
        status.end(or_else)
        raise StepError(title)

    def _size(self) -> int:
        files = (Path(path, name) for path, _, names in os.walk(self.folder) for name in names)
        return sum(file.lstat().st_size for file in files)


class Line:
    """A line that a terminal shows anew as a step goes on; elsewhere it is written once."""

    def __init__(self, beginning: str) -> None:
        self.beginning = beginning
        self.alive = sys.stdout.isatty()
        print(beginning, end=" ", flush=True)

    def show(self, text: str) -> None:
        if self.alive:
            print(f"\r{self.beginning} {text}", end="", flush=True)

    def end(self, text: str) -> None:
        self.show("")
        print(text)


def has_nvidia_driver() -> bool:
    """Tell whether PyTorch's CUDA build could use a GPU of this machine."""
    driver = Path("/proc/driver/nvidia").exists() or ctypes.util.find_library("cuda")
    return bool(driver or shutil.which("nvidia-smi"))


def install_torch(environment: Environment) -> None:
    """Install torch and torchvision, both as the CPU build where it is enough and to be had."""
    if not has_nvidia_driver():
        cpu = [f"{pin}+cpu" for pin in TORCH]
        with contextlib.suppress(StepError):
            title, or_else = "PyTorch and torchvision, CPU build", "not on the configured index"
            return environment.install(title, *cpu, or_else=or_else)
    environment.install("PyTorch and torchvision", *TORCH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the environment")
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    arguments = parser.parse_args()
    environment = Environment(folder=arguments.folder.absolute())
    environment.folder.mkdir(parents=True, exist_ok=True)
    try:
        environment.make()
        install_torch(environment)
        environment.install("Libraries of the toolboxes", "-r", f"{PINS}/runtime.txt")
        environment.install("Toolboxes", "--no-deps", "-r", f"{PINS}/openmmlab.txt")
        # Built with the installed setuptools: a build of its own would download it again.
        environment.install("hrnet_mm", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        if arguments.dev:
            environment.install("Tools for tests and checks", "-r", f"{PINS}/dev.txt")
    except StepError:
        lines = environment.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        print(*(f"    {line}" for line in lines), sep="\n")
        sys.exit(f"All of it: {environment.log}. Once that is mended, the same command goes on.")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command goes on.")


if __name__ == "__main__":
    main()
