"""How a tool ends when something goes wrong, and what the line says."""

import errno
import multiprocessing
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mmengine.hooks  # noqa: F401  (registers its hooks)
import pytest
import torch
from mmengine.registry import HOOKS
from torch._utils import ExceptionWrapper

from hrnet_mm.errors import CheckpointError, UserError
from hrnet_mm.launch.clear_errors import (
    SHOW_TRACEBACK,
    one_clear_error,
    phase,
    traceback_kept,
)
from hrnet_mm.models.arch import find_arch


def _raise(error: Exception) -> None:
    raise error


WHERE = f" ({SHOW_TRACEBACK}=1 shows where)"
REFUSALS: dict[Callable[[], Any], str] = {
    lambda: _raise(CheckpointError("bad.pth is empty")): "error: bad.pth is empty",
    lambda: _raise(UserError("of one\nand two")): "error: of one\nerror: and two",
    lambda: find_arch("w33"): "error: arch='w33': choose from ['w18_small_v1', ",
}
OTHERS: dict[Callable[[], Any], str] = {
    lambda: os.stat("nowhere"): "error: [Errno 2] No such file or directory: 'nowhere'",
    lambda: _raise(OSError("two\n  lines")): "error: two lines",
    lambda: HOOKS.build(dict(type="NoHook")): "error: KeyError: NoHook is not in the ",
    lambda: HOOKS.build(
        dict(type="IterTimerHook", loud=1)
    ): "error: TypeError: IterTimerHook.__init__() got an unexpected",
    lambda: {}["momentum"]: "error: KeyError: 'momentum'",
    lambda: _raise(ValueError("of other code")): "error: ValueError: of other code",
    lambda: _raise(AssertionError()): "error: AssertionError",
    lambda: _raise(zipfile.BadZipFile("no zip")): "error: BadZipFile: no zip",
    lambda: torch.zeros(2).view(3): "error: RuntimeError: shape '[3]' is invalid for",
}


def _as_from_worker(fail: Callable[[], Any]) -> None:
    """Raise what a data loader raises when its worker fails."""
    try:
        fail()
    except Exception:
        failure = ExceptionWrapper(where="in DataLoader worker process 0")
    failure.reraise()


def _end_of(run: Callable[[], Any]) -> str:
    with pytest.raises(SystemExit) as caught, one_clear_error():
        run()
    assert isinstance(caught.value.code, str)  # so the exit status is 1
    return caught.value.code


@pytest.mark.parametrize("fail", REFUSALS)
def test_a_refusal_is_shown_as_it_is(fail: Callable[[], Any]) -> None:
    assert _end_of(fail).startswith(REFUSALS[fail])
    assert WHERE not in _end_of(fail)


@pytest.mark.parametrize("fail", OTHERS)
def test_any_other_error_is_one_line_with_its_type(fail: Callable[[], Any]) -> None:
    text = _end_of(fail)
    assert text.startswith(OTHERS[fail])
    assert text.endswith(WHERE)
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize("fail", [*REFUSALS, *OTHERS])
def test_an_error_of_a_worker_reads_as_one_of_this_process(fail: Callable[[], Any]) -> None:
    assert _end_of(lambda: _as_from_worker(fail)) == _end_of(fail)


def test_an_error_within_an_error_of_a_worker() -> None:
    def fail() -> None:
        try:
            os.stat("nowhere")
        except OSError as error:
            raise ValueError("no image\n  here") from error

    assert _end_of(lambda: _as_from_worker(fail)) == f"error: ValueError: no image here{WHERE}"


def test_an_error_of_a_process_pool() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        text = _end_of(lambda: pool.apply(int, ["x"]))
    assert text.startswith("error: ValueError: invalid literal for int()")


def test_traceback_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHOW_TRACEBACK, "1")
    with pytest.raises(ValueError, match="w33"), one_clear_error():
        find_arch("w33")


def test_the_phase_and_the_traceback_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "run"

    def run() -> None:
        with traceback_kept(folder), phase("while building the model"):
            {}["momentum"]

    text = _end_of(run)
    (log,) = folder.iterdir()
    assert text == f"error: KeyError: 'momentum' (while building the model; traceback in {log})"
    assert '{}["momentum"]' in log.read_text()


@pytest.mark.parametrize(
    ("named", "full"),
    [((), "work"), (("out/a.json",), "out"), (("in/a", None, "out/a"), "out")],
    ids=["log", "file", "copy"],
)
def test_the_folder_of_a_full_disk_is_named(
    named: tuple[Any, ...], full: str, tmp_path: Path
) -> None:
    paths = [name and str(tmp_path / name) for name in named]
    error = OSError(errno.ENOSPC, "No space left on device", *paths)
    with pytest.raises(OSError, match="No space") as raised, traceback_kept(tmp_path / "work"):
        raise error
    assert f"make room for {tmp_path / full} and" in raised.value.__notes__[0]


@pytest.mark.parametrize("error", [UserError("no"), CheckpointError("no")])
def test_a_refusal_leaves_no_traceback(error: Exception, tmp_path: Path) -> None:
    def run() -> None:
        with traceback_kept(tmp_path / "work"), phase("while building the model"):
            raise error

    assert _end_of(run) == "error: no"
    assert not (tmp_path / "work").exists()
