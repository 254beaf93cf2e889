"""The order of an image's values in memory."""

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class ChannelsLastHook(Hook):
    """Compute with the channels of a pixel side by side.

    Convolutions keep the order of their weights, so converting those is enough. On a CPU, and on a
    GPU in half precision, this is faster; the results differ by rounding only.
    """

    def before_run(self, runner: Runner) -> None:
        """Convert the weights."""
        model: Any = runner.model
        model.to(memory_format=torch.channels_last)
