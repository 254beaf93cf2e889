"""Chooses the number format of training in mixed precision, by the device."""

import torch
from mmengine.config import Config
from mmengine.device import get_device


def use_mixed_precision(cfg: Config) -> bool:
    """Let a config train in bfloat16 where the device has it, else in float16 with a loss scale.

    What the config itself says of it holds.

    Returns:
        Whether it does; not on a CPU without instructions for bfloat16, where it would be slower.
    """
    device = get_device()
    if device == "cpu" and not cpu_has_bfloat16():
        print("--amp: this CPU has no bfloat16, so nothing would be gained; it trains in float32")
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


def cpu_has_bfloat16() -> bool:
    """Tell whether the CPU multiplies in bfloat16; where not, PyTorch converts to float32."""
    found = torch.cpu.get_capabilities()
    return any(value is True for name, value in found.items() if "bf16" in name)
