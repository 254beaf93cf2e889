"""Python in a process of its own, where other packages can be installed, missing or broken."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run_python(
    *arguments: str, packages: Path | None = None, bare: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run ``python *arguments`` with the repository, and before it ``packages``, on the path.

    ``bare`` hides what is installed in the environment: there is no torch, no numpy.
    """
    path = [str(folder) for folder in (packages, ROOT) if folder is not None]
    command = [sys.executable, "-W", "ignore", *(["-S"] if bare else []), *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def output_of(code: str, *, packages: Path | None = None, bare: bool = False) -> str:
    """What a script that succeeds prints."""
    result = run_python("-c", code, packages=packages, bare=bare)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def error_of(code: str, *, packages: Path | None = None, bare: bool = False) -> str:
    """The last line of the traceback of a script that fails."""
    result = run_python("-c", code, packages=packages, bare=bare)
    assert result.returncode != 0, result.stdout
    return result.stderr.strip().splitlines()[-1]


def write_package(folder: Path, *, files: Mapping[str, str], version: str | None = None) -> None:
    """Write modules, by path. With a version, the package of the first counts as installed."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for parent in file.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    if version is not None:
        write_metadata(folder, name=next(iter(files)).split("/")[0], version=version)


def write_metadata(folder: Path, *, name: str, version: str) -> None:
    """Make a distribution known to importlib.metadata."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
