"""What a result was measured on: versions and device."""

import platform
from importlib import import_module
from importlib.util import find_spec

import torch

PACKAGES = ("torch", "mmengine", "mmcv", "mmpose", "mmseg", "mmdet", "mmpretrain", "hrnet_mm")


def describe_environment() -> dict[str, str]:
    """Return the versions of the packages that are installed, of Python, and the device's name."""
    versions = {
        name: import_module(name).__version__ for name in PACKAGES if find_spec(name) is not None
    }
    return dict(device=device_name(), python=platform.python_version(), **versions)


def device_name() -> str:
    """Return the name of the GPU, or how many threads of the CPU are used."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"
