"""Chooses the number format of training in mixed precision, by the device."""

import torch
from mmengine.config import Config
from mmengine.device import get_device


def use_mixed_precision(cfg: Config) -> bool:
    """Let a config train in bfloat16 where the device has it, else in float16 with a loss scale.

    What the config itself says of it holds.

    Returns:
        Whether it does; not on a CPU that would be slower in bfloat16.
    """
    device = get_device()
    if device == "cpu" and not cpu_gains_by_bfloat16():
        print("--amp: nothing would be gained by this CPU's bfloat16; it trains in float32")
        return False
    wrapper = cfg.optim_wrapper
    wrapper.type = "AmpOptimWrapper"
    in_bfloat16 = device == "cpu" or (
        device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    )
    wrapper.setdefault("dtype", "bfloat16" if in_bfloat16 else "float16")
    # bfloat16 has the range of float32, so gradients do not vanish.
    wrapper.setdefault("loss_scale", 1.0 if wrapper.dtype == "bfloat16" else "dynamic")
    return True


def cpu_gains_by_bfloat16() -> bool:
    """Tell whether the CPU trains faster in bfloat16 than in float32.

    AMD's with AVX-512 BF16 do, Intel's need AMX: measured in benchmarks/speed_train_pose.md and
    speed_train_pose_xeon.md.
    """
    found = torch.cpu.get_capabilities()
    if "Intel" in found.get("cpu_name", "") and not found.get("amx_bf16"):
        return False
    return cpu_has_bfloat16()


def cpu_has_bfloat16() -> bool:
    """Tell whether the CPU multiplies in bfloat16; where not, PyTorch converts to float32."""
    found = torch.cpu.get_capabilities()
    return any(value is True for name, value in found.items() if "bf16" in name)
