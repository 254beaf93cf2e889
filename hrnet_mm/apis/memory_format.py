"""Chooses the memory format of a model's backbone, before the model is built."""

from typing import Any

from mmengine.config import Config

from hrnet_mm.data.nodes import type_name, walk
from hrnet_mm.errors import UserError

MEMORY_FORMATS = ("auto", "channels_last", "contiguous")


def set_memory_format(cfg: Config, choice: str, *, device: str, half: bool = False) -> None:
    """Set the memory format of each `HRNetBackbone` of a config's model.

    Args:
        cfg: The config, which is changed.
        choice: One of `MEMORY_FORMATS`; "auto" for what is faster on the device, unless the config
            names one.
        device: What the model runs on, as torch names it.
        half: Whether it runs in half precision, or in mixed precision.

    Raises:
        UserError: There is no such choice.
    """
    if choice not in MEMORY_FORMATS:
        raise UserError(f"memory format {choice!r}: choose from {', '.join(MEMORY_FORMATS)}")
    kind = device.partition(":")[0]
    is_faster = kind == "cpu" or (kind == "cuda" and half)
    channels_last = choice == "channels_last" or (choice == "auto" and is_faster)
    nodes: list[Any] = [node for _, node in walk(cfg.get("model"), "model")]
    for backbone in nodes:
        if type_name(backbone) != "HRNetBackbone":
            continue
        if choice != "auto" or "memory_format" not in backbone:
            backbone["memory_format"] = "channels_last" if channels_last else None
