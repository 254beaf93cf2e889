"""What a table of speeds was measured on."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from hrnet_mm.launch.environment import describe_environment

_OTHERS = ("timm", "onnxruntime", "openvino", "nncf", "ncnn")
# The beginnings of the names of what matters to convolutions: of x86, then of ARM.
_FAMILIES = ("avx", "amx", "fma", "sse4_2", "asimd", "neon", "sve", "sme", "bf16", "i8mm", "fp16")


def usable_cpus() -> int:
    """Return how many CPUs this process may use."""
    # Not all systems can bind a process to CPUs.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_hardware(device: str, *, threads: int) -> dict[str, str]:
    """Return the names of the device and of its instruction sets, threads, and versions."""
    described = {"CPU": f"{_cpu_name()}, {threads} threads", "instruction sets": _instructions()}
    if torch.device(device).type == "cuda":
        described["GPU"] = torch.cuda.get_device_name(device)
        described["CUDA, cuDNN"] = f"{torch.version.cuda}, {torch.backends.cudnn.version()}"
    versions = describe_environment()
    del versions["device"]
    for name in _OTHERS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    described["versions"] = ", ".join(f"{name} {number}" for name, number in versions.items())
    described["date"] = f"{datetime.now(UTC):%Y-%m-%d}"
    return described


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _instructions() -> str:
    found = torch.cpu.get_capabilities()
    return ", ".join(
        name for name, has in sorted(found.items()) if has is True and name.startswith(_FAMILIES)
    )
