"""Which errors end in one line, and what it says."""

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mmengine.hooks  # noqa: F401  (registers its hooks)
import pytest
import torch
from mmengine.registry import HOOKS, init_default_scope
from torch._utils import ExceptionWrapper

from hrnet_mm.engine.mistakes import SHOW_TRACEBACK, demands_explained, one_clear_error
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models.arch import HRNetArch, find_arch


def _raise(error: Exception) -> None:
    raise error


MISTAKES: dict[Callable[[], Any], str] = {
    lambda: os.stat("nowhere"): "[Errno 2] No such file or directory: 'nowhere'",
    lambda: _raise(OSError("two\n  lines")): "two lines",
    lambda: _raise(CheckpointError("bad.pth is empty")): "bad.pth is empty",
    lambda: find_arch("w33"): "arch='w33': choose from ['w18_small_v1', ",
    lambda: HOOKS.build(dict(type="NoHook")): "NoHook is not in the ",
    lambda: HOOKS.build(
        dict(type="IterTimerHook", loud=1)
    ): "IterTimerHook.__init__() got an unexpected",
}
DEFECTS: dict[Callable[[], Any], type[Exception]] = {
    lambda: _raise(ValueError("of other code")): ValueError,
    lambda: torch.zeros(2).view(3): RuntimeError,
    lambda: {}["key"]: KeyError,
    lambda: HRNetArch.of_width(None): TypeError,  # type: ignore
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
    return str(caught.value.code)


@pytest.mark.parametrize("fail", MISTAKES)
def test_mistake_ends_in_one_line(fail: Callable[[], Any]) -> None:
    error = _end_of(fail)
    assert error.startswith(f"error: {MISTAKES[fail]}")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("fail", [lambda: os.stat("nowhere"), lambda: find_arch("w33")])
def test_mistake_in_a_worker(fail: Callable[[], Any]) -> None:
    assert _end_of(lambda: _as_from_worker(fail)) == _end_of(fail)


@pytest.mark.parametrize("fail", DEFECTS)
def test_defect_shows_its_traceback(fail: Callable[[], Any]) -> None:
    with pytest.raises(DEFECTS[fail]), one_clear_error():
        fail()
    with pytest.raises(DEFECTS[fail], match="Original Traceback"), one_clear_error():
        _as_from_worker(fail)


def test_traceback_of_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHOW_TRACEBACK, "1")
    with pytest.raises(ValueError, match="w33"), one_clear_error():
        find_arch("w33")


PART = """
class Part:
    def __init__(self, given, text=""):
        self.given, self.needed = given, 3
        if text:
            assert self.given == self.needed, text
        assert (self.given ==
                self.needed)

def check(number):
    assert number == 1

def refuse():
    raise AssertionError
"""


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module whose assertions pytest does not rewrite."""
    (tmp_path / "module_with_part.py").write_text(PART)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("module_with_part")
    del sys.modules["module_with_part"]


def _explanation(run: Callable[[], Any]) -> str:
    with pytest.raises(ValueError, match=r".") as error, demands_explained():
        run()
    return str(error.value)


def test_an_assertion_is_put_into_words(part: Any) -> None:
    assert _explanation(lambda: part.Part(4)) == (
        "Part needs `self.given == self.needed`, but self.given is 4, self.needed is 3: change its "
        "arguments"
    )
    assert _explanation(lambda: part.Part(4, "three at most")) == "Part: three at most"
    assert _explanation(lambda: part.check(2)) == (
        "check needs `number == 1`, but number is 2: change its arguments"
    )
    assert _explanation(part.refuse) == "refuse does not take its arguments"


def test_channels_that_a_head_of_mmseg_refuses() -> None:
    from mmseg.models.decode_heads import FCNHead

    init_default_scope("mmseg")
    text = _explanation(
        lambda: FCNHead(
            in_channels=270, channels=240, num_convs=0, concat_input=False, num_classes=3
        )
    )
    assert "FCNHead needs `self.in_channels == self.channels`" in text
    assert "self.in_channels is 270, self.channels is 240" in text


def test_an_explained_assertion_ends_in_one_line(part: Any) -> None:
    def build() -> None:
        with demands_explained():
            part.Part(4)

    assert _end_of(build).startswith("error: Part needs ")
