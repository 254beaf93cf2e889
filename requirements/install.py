"""Install the pinned packages and hrnet_mm: ``python requirements/install.py FOLDER [--dev]``.

Makes the environment FOLDER if it is missing; ``--dev`` adds the tools for tests and checks. Prints
a line for each step, with its time and what it adds to the disk; what the installers say is in
``FOLDER/install.log``. Needs nothing but Python; where uv is on PATH, it installs.
"""

import argparse
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
# In the words of pip: without and with constraints, and where it reaches no index.
NO_SUCH_VERSION = ("No matching distribution found", "ResolutionImpossible")
OFFLINE = "(from versions: none)"
LAST_LINES = 15  # of the log, shown after a failure
REFRESH = 0.1  # seconds


class StepError(Exception):
    """A step failed; the log says why."""


class NoSuchVersionError(StepError):
    """The index has no such version."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A folder made by venv, and the steps that fill it."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "install.log"

    def make(self) -> None:
        """Make the environment, unless it is there with pip; one without a Python is deleted."""
        if self._runs("-m", "pip", "--version"):
            return
        if (self.folder / "pyvenv.cfg").exists() and not self._runs("-c", ""):
            shutil.rmtree(self.folder.resolve())
        self.folder.resolve().mkdir(parents=True, exist_ok=True)
        command = (sys.executable, "-m", "venv", str(self.folder))
        self._run(f"Python {platform.python_version()} in {self.folder.name}", [command])

    def _runs(self, *arguments: str) -> bool:
        command = [str(self.folder / "bin/python"), *arguments]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:  # no such file, or a link to a Python that is gone
            return False

    def install(self, title: str, *arguments: str, if_missing: str | None = None) -> None:
        """Install what arguments of ``pip install`` say.

        Args:
            title: What it is, for the user.
            arguments: Of ``pip install``.
            if_missing: What is said where the index has no such version; None if it must have it.

        Raises:
            NoSuchVersionError: The index has no such version, and need not.
            StepError: It cannot be installed.
        """
        python = str(self.folder / "bin/python")
        pip = (python, "-m", "pip", "install", *arguments)
        uv = ("uv", "pip", "install", "--python", python, *arguments)
        # pip after uv too: only its settings may name the index to be used.
        self._run(title, [uv, pip] if shutil.which("uv") else [pip], if_missing)

    def _run(
        self, title: str, commands: Sequence[Sequence[str]], if_missing: str | None = None
    ) -> None:
        """Run commands until one succeeds, and tell how long it took and how much it added."""
        start, size = time.monotonic(), self._size()
        status = Line(f"{title}:")
        for command in commands:
            beginning = self.log.stat().st_size if self.log.exists() else 0
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
        said = self.log.read_bytes()[beginning:].decode(errors="replace")
        if if_missing and any(words in said for words in NO_SUCH_VERSION) and OFFLINE not in said:
            status.end(if_missing)
            raise NoSuchVersionError(title)
        status.end("failed")
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
        try:
            title, missing = "PyTorch and torchvision, CPU build", "not on the configured index"
            return environment.install(title, *cpu, if_missing=missing)
        except NoSuchVersionError:
            pass  # the usual build runs on a CPU too
    environment.install("PyTorch and torchvision", *TORCH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the environment")
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    arguments = parser.parse_args()
    environment = Environment(folder=arguments.folder.absolute())
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
    except OSError as error:
        sys.exit(f"{error}. Once that is mended, the same command goes on.")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command goes on.")


if __name__ == "__main__":
    main()
