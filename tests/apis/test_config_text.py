"""Values of a config as Python text."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from hrnet_mm.apis.config_text import LINE_LENGTH, SPREAD, Code, assignment, packed_assignment

VALUES: list[Any] = [
    "a 'quoted' \"text\" with a \\ and é",
    "x" * 92,  # in brackets on a line of its own
    dict(_delete_=True, a=(0,), b=[1, 2.5], c=None, d={"1x": dict(e=())}),
    dict(backbone=dict(type="HRNetBackbone", channels=[(i,) * 20 for i in range(100, 104)])),
    [dict(type="x" * 90), "y" * 120, {}],
]


@pytest.mark.parametrize("write", [assignment, packed_assignment])
@pytest.mark.parametrize("value", VALUES)
def test_the_text_has_the_value(value: Any, write: Callable[[str, Any], str]) -> None:
    names: dict[str, Any] = {}
    exec(write("value", value), names)
    assert names["value"] == value


def test_code_is_written_as_it_is() -> None:
    value = dict(a=Code("one + 1"), b=[Code("one")], **{SPREAD: Code("others")})
    names: dict[str, Any] = dict(one=1, others=dict(c=3))
    exec(assignment("value", value), names)
    assert names["value"] == dict(a=2, b=[1], c=3)


def test_packed_lines_are_full_but_no_longer_than_allowed() -> None:
    numbers = tuple(range(100, 200))
    text = packed_assignment("value", dict(numbers=numbers), width=60)
    inner = text.splitlines()[2:-2]
    assert all(len(line) <= 60 for line in text.splitlines())
    assert all(len(line) > 50 for line in inner[:-1])
    assert len(packed_assignment("value", dict(numbers=numbers), width=10**6).splitlines()) == 1


def test_the_layout_is_that_of_the_formatter() -> None:
    text = "".join(f"{assignment('value', value)}\n" for value in VALUES[1:])
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-", "--line-length"]
    done = subprocess.run(
        [*command, str(LINE_LENGTH)], input=text, capture_output=True, text=True, check=True
    )
    assert text == done.stdout
