"""Training in the channels_last memory format."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class ChannelsLastHook(Hook):
    """Convert the model to channels_last.

    Convolutions return the memory format of their weights, so converting those is enough. On a CPU,
    and on a GPU in half precision, this is faster; the results differ by rounding only. It is for
    training in one process: DistributedDataParallel allocates its gradients when it wraps a model,
    before any hook runs, and computes wrong ones if the memory format changes afterwards, so there
    the hook does nothing.
    """

    def before_run(self, runner: Runner) -> None:
        """Convert the weights."""
        model: Any = runner.model
        if is_model_wrapper(model):
            print_log("ChannelsLastHook: several processes, so nothing is converted", "current")
            return
        model.to(memory_format=torch.channels_last)
