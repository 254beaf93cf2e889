"""Makes dataclasses of what a JSON file holds, where each field must be there and of its type."""

import dataclasses
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from hrnet_mm.errors import UserError

Class = TypeVar("Class")


def parse(cls: type[Class], content: Any, *, file: Path) -> Class:
    """Make an instance of a dataclass.

    Its fields may be dataclasses, literals, optional, tuples, and dictionaries of strings. Where a
    field may be one of several dataclasses, their field ``name`` tells which.

    Args:
        cls: The dataclass.
        content: What was read, of JSON's types.
        file: Where it was read, for messages.

    Raises:
        UserError: A field is missing, unknown or of another type.
    """
    return _parse(cls, content, f"{file}: ")


def _parse(kind: Any, value: Any, at: str) -> Any:
    choices = get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _parse_fields(kind, value, at)
    if isinstance(kind, UnionType):
        return _parse_one_of(choices, value, at)
    if get_origin(kind) is Literal:
        _check(value in choices, value, at, expected=f"one of {', '.join(choices)}")
        return value
    if get_origin(kind) is tuple:
        _check(isinstance(value, list), value, at, expected="a list")
        kinds = [choices[0]] * len(value) if choices[-1] is Ellipsis else choices
        _check(len(value) == len(kinds), value, at, expected=f"a list of {len(kinds)}")
        items = zip(kinds, value, strict=True)
        return tuple(_parse(kind, item, f"{at}[{i}]") for i, (kind, item) in enumerate(items))
    if get_origin(kind) is dict:
        _check(isinstance(value, dict), value, at, expected="an object")
        return {key: _parse(choices[1], item, _below(at, key)) for key, item in value.items()}
    accepted = (int, float) if kind is float else kind
    is_bool = isinstance(value, bool)
    fits = isinstance(value, accepted) and is_bool == (kind is bool)
    _check(fits, value, at, expected=f"of type {kind.__name__}")
    return kind(value)


def _parse_fields(kind: Any, value: Any, at: str) -> Any:
    _check(isinstance(value, dict), value, at, expected="an object")
    kinds = get_type_hints(kind)
    if missing := kinds.keys() - value.keys():
        raise UserError(f"{_below(at, min(missing))} is missing; export the bundle again")
    if unknown := value.keys() - kinds.keys():
        raise UserError(
            f"{_below(at, min(unknown))} is unknown: the bundle is damaged, or of another version "
            "of hrnet_mm; export it again"
        )
    return kind(**{key: _parse(kinds[key], item, _below(at, key)) for key, item in value.items()})


def _parse_one_of(kinds: tuple[Any, ...], value: Any, at: str) -> Any:
    if value is None and NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not NoneType)
    if len(kinds) == 1:
        return _parse(kinds[0], value, at)
    by_name = {kind.name: kind for kind in kinds}
    name = value.get("name") if isinstance(value, dict) else None
    _check(name in by_name, name, _below(at, "name"), expected=f"one of {', '.join(by_name)}")
    return _parse(by_name[name], value, at)


def _below(at: str, key: str) -> str:
    return f"{at}{key}" if at.endswith(": ") else f"{at}.{key}"


def _check(condition: bool, value: Any, at: str, *, expected: str) -> None:
    if not condition:
        raise UserError(f"{at} is {value!r}; it must be {expected}: export the bundle again")
