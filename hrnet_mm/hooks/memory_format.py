"""The order of an image's values in memory."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class ChannelsLastHook(Hook):
    """Compute with the channels of a pixel side by side.

    Convolutions keep the order of their weights, so converting those is enough. On a CPU, and on a
    GPU in half precision, this is faster; the results differ by rounding only. It is for training
    in one process: DistributedDataParallel lays out its gradients when it wraps a model, before any
    hook runs, and computes nonsense if the order changes afterwards, so there it does nothing.
    """

    def before_run(self, runner: Runner) -> None:
        """Convert the weights."""
        model: Any = runner.model
        if is_model_wrapper(model):
            print_log("ChannelsLastHook: several processes, so nothing is converted", "current")
            return
        model.to(memory_format=torch.channels_last)
