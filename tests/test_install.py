"""``requirements/install.py``: what it takes instead, what it does not hide, what it makes anew."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, where there is neither uv nor an NVIDIA driver."""
    spec = importlib.util.spec_from_file_location("install", REPOSITORY / "requirements/install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "install", module)  # where its dataclass looks itself up
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    monkeypatch.setattr(module, "has_nvidia_driver", lambda: False)
    return module


def write_pip(folder: Path, *, cpu_build: str) -> None:
    """Write an environment whose pip installs all but PyTorch's CPU build, of which it says why."""
    python = folder / "bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ncase "$*" in *+cpu*) echo "{cpu_build}"; exit 1;; esac\n')
    python.chmod(0o755)
    (folder / "pyvenv.cfg").touch()


OTHERS = "(from versions: 2.10.0, 2.11.0)"


@pytest.mark.parametrize(
    "words", [f"{OTHERS} No matching distribution found for", "ResolutionImpossible:"]
)
def test_the_usual_build_is_taken_where_there_is_no_cpu_build(
    words: str, module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pip(tmp_path / "env", cpu_build=f"ERROR: {words} torch+cpu")
    module.install_torch(module.Environment(folder=tmp_path / "env"))
    cpu, usual = capsys.readouterr().out.splitlines()
    assert cpu == "PyTorch and torchvision, CPU build: not on the configured index"
    assert re.fullmatch(r"PyTorch and torchvision: \d+ s, 0 MB", usual)


@pytest.mark.parametrize(
    "words", ["IncompleteRead", "(from versions: none) No matching distribution found for torch"]
)
def test_a_broken_download_is_no_reason_for_another_build(
    words: str, module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pip(tmp_path / "env", cpu_build=f"ERROR: {words}")
    environment = module.Environment(folder=tmp_path / "env")
    environment.log.write_text("No matching distribution found, in a call before\n")
    with pytest.raises(module.StepError) as caught:
        module.install_torch(environment)
    assert caught.type is module.StepError
    assert capsys.readouterr().out == "PyTorch and torchvision, CPU build: failed\n"


@pytest.fixture
def commands(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what would be run, for lack of time."""
    run: list[Any] = []
    monkeypatch.setattr(module.Environment, "_run", lambda *arguments: run.append(arguments[2]))
    return run


@pytest.mark.parametrize("target", ["gone", "/bin/false"])  # after a change of Python, or damaged
def test_an_environment_without_a_python_is_made_anew(
    target: str, module: ModuleType, commands: list[Any], tmp_path: Path
) -> None:
    folder, link = tmp_path / "env", tmp_path / "link"
    python = folder / "bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(target)
    (folder / "pyvenv.cfg").touch()
    link.symlink_to(folder)
    module.Environment(folder=link).make()
    assert commands == [[(sys.executable, "-m", "venv", str(link))]]
    assert not any(folder.iterdir())


@pytest.mark.parametrize("kept", ["of another program", "an environment that lacks pip"])
def test_nothing_else_is_deleted(
    kept: str, module: ModuleType, commands: list[Any], tmp_path: Path
) -> None:
    if kept.startswith("an"):
        write_pip(tmp_path, cpu_build="")
        python = tmp_path / "bin/python"
        python.write_text(python.read_text().replace("*+cpu*", "*pip*"))
    (tmp_path / "mine").write_text("mine")
    module.Environment(folder=tmp_path).make()
    assert len(commands) == 1
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "argv", ["install.py", str(tmp_path / "file/env")])
    with pytest.raises(SystemExit, match=r"Not a directory: .*/file/env'\. Once that is mended"):
        module.main()
