"""``requirements/install.py``: what it takes instead, what it does not hide, what it makes anew."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

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


@pytest.mark.parametrize("words", ["No matching distribution found for", "ResolutionImpossible:"])
def test_the_usual_build_is_taken_where_there_is_no_cpu_build(
    words: str, module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pip(tmp_path / "env", cpu_build=f"ERROR: {words} torch+cpu")
    module.install_torch(module.Environment(folder=tmp_path / "env"))
    cpu, usual = capsys.readouterr().out.splitlines()
    assert cpu == "PyTorch and torchvision, CPU build: not on the configured index"
    assert usual.startswith("PyTorch and torchvision: 0 s")


def test_a_broken_download_is_no_reason_for_another_build(
    module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pip(tmp_path / "env", cpu_build="ERROR: IncompleteRead")
    environment = module.Environment(folder=tmp_path / "env")
    environment.log.write_text("No matching distribution found, in a call before\n")
    with pytest.raises(module.StepError) as caught:
        module.install_torch(environment)
    assert caught.type is module.StepError
    assert capsys.readouterr().out == "PyTorch and torchvision, CPU build: failed\n"


@pytest.mark.parametrize("fault", ["link to a Python that is gone", "no pip"])
def test_a_broken_environment_is_made_anew(module: ModuleType, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "env"
    python = folder / "bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(tmp_path / "gone" if fault.startswith("link") else "/bin/false")
    (folder / "pyvenv.cfg").touch()
    (folder / "old").touch()
    environment = module.Environment(folder=folder)
    environment.make()
    assert environment._starts()
    assert not (folder / "old").exists()


def test_a_folder_that_is_no_environment_keeps_its_files(
    module: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    module.Environment(folder=tmp_path).make()
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "argv", ["install.py", str(tmp_path / "file/env")])
    with pytest.raises(SystemExit, match=r"file/env: Not a directory\. Once that is mended"):
        module.main()
