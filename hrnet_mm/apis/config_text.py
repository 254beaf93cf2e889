"""Values of a config as Python text, laid out as black and ruff do, or in few lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LINE_LENGTH = 100
SPREAD = "**"  # the key of another dict whose items a dict takes over


@dataclass(frozen=True)
class Code:
    """An expression that is written as it is."""

    text: str

    def __repr__(self) -> str:
        return self.text


def assignment(name: str, value: Any) -> str:
    """Return ``name = value``, over several lines where one is too short."""
    inner = f"    {_in_a_line(value)}"
    if isinstance(value, str) and len(inner) <= LINE_LENGTH < len(f"{name} = {value!r}"):
        return f"{name} = (\n{inner}\n)"
    return _laid_out(f"{name} = ", value, indent=0, comma="")


def packed_assignment(name: str, value: Any, *, width: int = LINE_LENGTH) -> str:
    """Return ``name = value`` in few lines: with as many items in each as there is room for."""
    return "\n".join(_packed(f"{name} = ", value, indent=0, comma="", width=width))


def _packed(before: str, value: Any, *, indent: int, comma: str, width: int) -> list[str]:
    line = f"{' ' * indent}{before}{_in_a_line(value)}{comma}"
    opening, closing, items = _parts(value)
    if len(line) <= width or not items:
        return [line]
    lines = [f"{' ' * indent}{before}{opening}"]
    is_open = False  # whether the last line has room for more
    for key, item in items:
        inner = _packed(key, item, indent=indent + 4, comma=",", width=width)
        if is_open and len(inner) == 1 and len(f"{lines[-1]} {inner[0].strip()}") <= width:
            lines[-1] += f" {inner[0].strip()}"
        else:
            lines += inner
        is_open = len(inner) == 1
    return [*lines, f"{' ' * indent}{closing}{comma}"]


def _laid_out(before: str, value: Any, *, indent: int, comma: str = ",") -> str:
    line = f"{' ' * indent}{before}{_in_a_line(value)}{comma}"
    opening, closing, items = _parts(value)
    if len(line) <= LINE_LENGTH or not items:
        return line
    inner = [_laid_out(key, item, indent=indent + 4) for key, item in items]
    return "\n".join(
        [f"{' ' * indent}{before}{opening}", *inner, f"{' ' * indent}{closing}{comma}"]
    )


def _in_a_line(value: Any) -> str:
    opening, closing, items = _parts(value)
    if not opening:
        return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    text = ", ".join(f"{key}{_in_a_line(item)}" for key, item in items)
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return f"{opening}{text}{comma}{closing}"


def _parts(value: Any) -> tuple[str, str, list[tuple[str, Any]]]:
    """Return the brackets of a dict, list or tuple, and its items with what stands before each."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and (key.isidentifier() or key == SPREAD) for key in value):
            return "dict(", ")", [(_argument(key), item) for key, item in value.items()]
        return "{", "}", [(f"{_in_a_line(key)}: ", item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return opening, closing, [("", item) for item in value]
    return "", "", []


def _argument(key: str) -> str:
    return key if key == SPREAD else f"{key}="
