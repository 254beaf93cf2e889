"""Chooses the memory format of a model's backbone, before the model is built."""

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

MEMORY_FORMATS = ("auto", "channels_last", "contiguous")


def set_memory_format(cfg: Config, choice: str, *, device: str, half: bool = False) -> None:
    """Set the memory format of each `HRNetBackbone` of a config's model.

    Args:
        cfg: The config, which is changed.
        choice: One of `MEMORY_FORMATS`; "auto" for what is faster on the device, unless the config
            names one.
        device: What the model runs on, as torch names it.
        half: Whether it runs in half precision, or in mixed precision.
    """
    assert choice in MEMORY_FORMATS
    kind = device.partition(":")[0]
    is_faster = kind == "cpu" or (kind == "cuda" and half)
    channels_last = choice == "channels_last" or (choice == "auto" and is_faster)
    for backbone in _backbones(cfg.get("model")):
        if choice != "auto" or "memory_format" not in backbone:
            backbone["memory_format"] = "channels_last" if channels_last else None


def _backbones(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the backbones of this package in a config."""
    if isinstance(node, dict):
        kind = node.get("type")
        name = kind.__name__ if isinstance(kind, type) else str(kind).rpartition(".")[2]
        if name == "HRNetBackbone":
            yield node
        for child in node.values():
            yield from _backbones(child)
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from _backbones(child)
