"""The environment of a result: versions and device."""

import platform
import sys

import torch

PACKAGES = ("torch", "mmengine", "mmcv", "mmpose", "mmseg", "mmdet", "mmpretrain", "hrnet_mm")


def describe_environment() -> dict[str, str]:
    """Return the versions of the packages in use, of Python, and the device's name."""
    versions = {name: sys.modules[name].__version__ for name in PACKAGES if name in sys.modules}
    return dict(device=device_name(), python=platform.python_version(), **versions)


def device_name() -> str:
    """Return the name of the GPU, or how many threads of the CPU are used."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"
