"""The shipped configs, and those of the installed toolboxes."""

import importlib
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from tests.conftest import REPOSITORY

CONFIGS = REPOSITORY / "configs"


def leaves(below: str = "") -> list[str]:
    """List the configs that are run, not inherited from, as paths below configs/."""
    paths = (path.relative_to(CONFIGS) for path in (CONFIGS / below).rglob("*.py"))
    return sorted(path.as_posix() for path in paths if path.parts[0] != "_base_")


def firsts(key: Callable[[Any], Hashable]) -> list[str]:
    """List the first config of each key; those without one are left out."""
    found: dict[Hashable, str] = {}
    for name in leaves():
        found.setdefault(key(load(name)), name)
    found.pop(None, None)
    return list(found.values())


@cache
def load(name: str) -> Any:
    """Read one of our configs; the caller must not change it."""
    return Config.fromfile(CONFIGS / name)


@cache
def stock(toolbox: str, name: str) -> Any:
    """Read a config of an installed toolbox; the caller must not change it."""
    folder = Path(importlib.import_module(toolbox).__path__[0])
    return Config.fromfile(folder / ".mim/configs" / name)
