"""Compiles the modules of HRNets and nothing around them, which may depend on the data."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch._dynamo import config as dynamo_config
from torch._dynamo import maybe_mark_dynamic

from hrnet_mm.models.layers import HRModule

# Kinds of modules, at most four, × training or not × autocast or not × one image or several, and as
# much again. Beyond its limit, 8 by default, dynamo runs the rest uncompiled.
RECOMPILE_LIMIT = 64


class CompiledHRModule(HRModule):
    """An `HRModule` whose forward pass is compiled.

    All share one compiled function. It has a graph for each kind of module, not for each module, as
    the weights are inputs of the graph; and height, width and number of images are free in it. A
    graph each is compiled for training, evaluation, autocast, and batches of a single image.
    """

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Map the feature maps of all branches to those of ``out_branches``."""
        for x in inputs:
            maybe_mark_dynamic(x, (0, 2, 3))
        # DistributedDataParallel's buckets would split a graph, and refuse one with with_cp.
        with dynamo_config.patch(recompile_limit=RECOMPILE_LIMIT, optimize_ddp=False):
            return _compiled_forward()(self, inputs)


def compile_modules(model: nn.Module) -> int:
    """Let each `HRModule` in a model compile its forward pass when it is first called.

    Parameters and their names stay, and copies of the model are compiled too.

    Returns:
        The number of modules.
    """
    modules = [module for module in model.modules() if type(module) is HRModule]
    for module in modules:
        module.__class__ = CompiledHRModule
    return len(modules)


@cache
def _compiled_forward() -> Callable[..., Any]:
    # Where inductor changes the order of what is saved for the backward pass, to which it writes
    # down the strides as numbers, each size is compiled anew. The backbone's memory_format stands.
    return torch.compile(HRModule.forward, options={"layout_optimization": False})
