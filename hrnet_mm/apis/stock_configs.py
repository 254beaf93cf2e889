"""The configs of the installed toolboxes: where they are, and what was published for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.errors import UserError

TOOLBOXES = ("mmpose", "mmseg", "mmdet", "mmpretrain")


@dataclass(frozen=True, kw_only=True)
class Published:
    """What a toolbox published for one of its configs.

    Attributes:
        results: A line for each, as in "COCO: AP 0.746, AR 0.799".
        source: The toolbox with its version, and its metafile.
        weights: The address of the trained weights; None if there are none.
    """

    results: Sequence[str]
    source: str
    weights: str | None


def find_stock_config(config: str) -> Path:
    """Return the file of a config: a path, or a name such as ``mmpose::FOLDER/NAME.py``.

    Raises:
        UserError: There is no such file, or no such toolbox.
    """
    toolbox, separator, name = config.partition("::")
    path = Path(config)
    if separator:
        if toolbox not in TOOLBOXES or stock_folder(toolbox) is None:
            raise UserError(
                f"{config}: before :: stands an installed toolbox, of {', '.join(TOOLBOXES)}"
            )
        path = Path(f"{stock_folder(toolbox)}", name)
    if not path.is_file():
        raise UserError(f"there is no config file {path}")
    return path


def stock_name(path: Path) -> str | None:
    """Return a config's name, ``mmpose::FOLDER/NAME.py``; None if it is no toolbox's."""
    for toolbox in TOOLBOXES:
        folder = stock_folder(toolbox)
        if folder is not None and path.resolve().is_relative_to(folder):
            return f"{toolbox}::{path.resolve().relative_to(folder).as_posix()}"
    return None


@cache
def stock_folder(toolbox: str) -> Path | None:
    """Return the folder with the configs of a toolbox; None if it is not installed with them."""
    spec = find_spec(toolbox)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0], ".mim/configs").resolve()
    return folder if folder.is_dir() else None


def find_published(name: str) -> Published | None:
    """Read what the metafile beside a config says of it.

    Args:
        name: That of a toolbox's config, ``mmpose::FOLDER/NAME.py``.

    Returns:
        None if the toolbox publishes nothing for it.
    """
    toolbox, _, below = name.partition("::")
    folder, shown = find_stock_config(name).parent, Path(below).parent.as_posix()
    for metafile in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        for model in _models(metafile):
            if model.get("Config") == f"configs/{below}":
                return Published(
                    results=[*_results(model)],
                    source=f"{_release(toolbox)}, {shown}/{metafile.name}",
                    weights=model.get("Weights"),
                )
    return None


@cache
def _models(metafile: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(metafile.read_text())
    return content.get("Models", []) if isinstance(content, dict) else []


def _results(model: dict[str, Any]) -> Iterator[str]:
    results = model.get("Results", [])
    for result in [results] if isinstance(results, dict) else results:
        metrics = (f"{name} {value}" for name, value in result["Metrics"].items())
        yield f"{result['Dataset']}: {', '.join(metrics)}"


@cache
def _release(toolbox: str) -> str:
    """Name a toolbox and its version; the forks' packages have other names."""
    return f"{toolbox} {version(packages_distributions()[toolbox][0])}"
