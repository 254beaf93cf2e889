"""Values of a config as Python text."""

import subprocess
import sys
from typing import Any

import pytest

from hrnet_mm.apis.config_text import LINE_LENGTH, assignment

VALUES: list[Any] = [
    "a 'quoted' \"text\" with a \\ and é",
    "x" * 92,  # in brackets on a line of its own
    dict(_delete_=True, a=(0,), b=[1, 2.5], c=None, d={"1x": dict(e=())}),
    dict(backbone=dict(type="HRNetBackbone", channels=[(i,) * 20 for i in range(100, 104)])),
    [dict(type="x" * 90), "y" * 120, {}],
]


@pytest.mark.parametrize("value", VALUES)
def test_the_text_has_the_value(value: Any) -> None:
    names: dict[str, Any] = {}
    exec(assignment("value", value), names)
    assert names["value"] == value


def test_the_layout_is_that_of_the_formatter() -> None:
    text = "".join(f"{assignment('value', value)}\n" for value in VALUES[1:])
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-", "--line-length"]
    done = subprocess.run(
        [*command, str(LINE_LENGTH)], input=text, capture_output=True, text=True, check=True
    )
    assert text == done.stdout
