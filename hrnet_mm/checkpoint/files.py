"""Reads safetensors files and writes files of weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hrnet_mm.errors import CheckpointError, UserError
from hrnet_mm.whole_file import whole_file

SUFFIXES = (".pth", ".safetensors")


def read_safetensors(name: str) -> dict[str, Tensor]:
    """Read a local safetensors file.

    Raises:
        CheckpointError: It is damaged, or the package is missing.
        FileNotFoundError: There is no such file.
    """
    if "://" in name:
        raise CheckpointError(f"{name}: download it; safetensors load from a local path only")
    path = Path(name).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{path} can not be found.")
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise CheckpointError(f"{path} needs a package: pip install safetensors") from error
    try:
        return load_file(path)
    except SafetensorError as error:
        raise CheckpointError(
            f"Cannot load the checkpoint {path}: it is truncated, damaged or no safetensors file "
            f"({error}). Get the file again."
        ) from error


def check_suffix(path: Path) -> None:
    """Refuse an ending that stands for no format.

    Raises:
        UserError: The ending is none of `SUFFIXES`.
    """
    if path.suffix not in SUFFIXES:
        raise UserError(f"{path}: give a name that ends in one of {SUFFIXES}")


def write(path: Path, weights: Mapping[str, Tensor], *, meta: Mapping[str, Any]) -> None:
    """Write weights, whole or not at all, in the format of the path's ending.

    A .pth file is a checkpoint as mmengine writes them; safetensors take no ``meta``.

    Args:
        path: The file; `check_suffix` accepts its ending.
        weights: By name.
        meta: What else to write.
    """
    # Python's files say that a disk is full, those of the two libraries do not.
    with whole_file(path) as unfinished, unfinished.open("wb") as file:
        if path.suffix == ".safetensors":
            from safetensors.torch import save

            file.write(save({name: weight.contiguous() for name, weight in weights.items()}))
        else:
            torch.save({"meta": dict(meta), "state_dict": dict(weights)}, file)
