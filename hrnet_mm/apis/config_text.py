"""Values of a config as Python text, laid out as black and ruff do."""

import json
from collections.abc import Mapping
from typing import Any

LINE_LENGTH = 100


def assignment(name: str, value: Any) -> str:
    """Return ``name = value``, over several lines where one is too short."""
    inner = f"    {_in_a_line(value)}"
    if isinstance(value, str) and len(inner) <= LINE_LENGTH < len(f"{name} = {value!r}"):
        return f"{name} = (\n{inner}\n)"
    return _laid_out(f"{name} = ", value, indent=0, comma="")


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
        if all(isinstance(key, str) and key.isidentifier() for key in value):
            return "dict(", ")", [(f"{key}=", item) for key, item in value.items()]
        return "{", "}", [(f"{_in_a_line(key)}: ", item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return opening, closing, [("", item) for item in value]
    return "", "", []
