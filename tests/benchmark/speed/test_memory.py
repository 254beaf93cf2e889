"""Peak memory of a row, in a process of its own."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from hrnet_mm.benchmark.speed.memory import _NO_CACHES, peak_on_cpu
from hrnet_mm.benchmark.speed.rows import Row, Runtime
from hrnet_mm.benchmark.speed.subject import Subject
from hrnet_mm.errors import UserError
from tests.conftest import REPOSITORY

CONFIG = REPOSITORY / "configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py"
MB = 2**20
VARIABLE = "GLIBC_TUNABLES"


def tensors(row: Row, subject: Subject) -> Callable[[], Sequence[Any]]:
    """Prepare a call that needs 300 MB for a while."""
    del row, subject
    return lambda: [torch.ones(10 * MB // 4) for _ in range(30)][:1]


def tells_the_tunables(row: Row, subject: Subject) -> Callable[[], Sequence[Any]]:
    """Write down what the process was started with."""
    del row
    subject.folder.joinpath("seen").write_text(os.environ[VARIABLE])
    return list


def is_killed(row: Row, subject: Subject) -> Callable[[], Sequence[Any]]:
    """End the process as the kernel does where memory is short."""
    del row, subject
    return lambda: [os.kill(os.getpid(), signal.SIGKILL)]


def peak(prepare: Callable[..., Any], *, folder: Path, compiles: bool = False) -> float | None:
    """Measure a runtime's peak."""
    runtime = Runtime(prepare=prepare, about="", on_cpu=("fp32",), compiles=compiles)
    subject = Subject(config=str(CONFIG), device="cpu", batch=1, threads=1, folder=folder)
    return peak_on_cpu(Row(runtime="here", precision="fp32"), runtime, subject)


@pytest.mark.slow
def test_it_is_what_the_tensors_need(tmp_path: Path) -> None:
    found = peak(tensors, folder=tmp_path)
    assert found is not None
    assert 300 < found / MB < 340


@pytest.mark.slow
@pytest.mark.parametrize("own", [None, "glibc.malloc.arena_max=1"])
def test_glibcs_caches_are_off_beside_what_the_user_sets(
    own: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if own:
        monkeypatch.setenv(VARIABLE, own)
    peak(tells_the_tunables, folder=tmp_path)
    expected = f"{own}:{_NO_CACHES}" if own else _NO_CACHES
    assert (tmp_path / "seen").read_text() == expected
    assert os.environ.get(VARIABLE) == own


@pytest.mark.slow
def test_a_process_that_is_killed_is_a_row_without_numbers(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was killed, most likely for want of memory: take a small"):
        peak(is_killed, folder=tmp_path)


def test_that_of_a_compiler_is_not_told(tmp_path: Path) -> None:
    assert peak(tensors, folder=tmp_path, compiles=True) is None
