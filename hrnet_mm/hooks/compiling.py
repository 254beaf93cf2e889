"""Compiles the part of a model that takes the most time."""

from typing import Any

import torch
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils._triton import has_triton

from hrnet_mm.errors import UserError
from hrnet_mm.hooks.runner_utils import unwrapped_model
from hrnet_mm.models.layers import HRModule
from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class CompileHook(Hook):
    """Compile the modules of an `HRNetBackbone` for training, and for the validations between.

    They are compiled after the first iteration, in which `ConsistencyHook` looks into them. The
    rest of the model, with its losses and targets that depend on the data, is not compiled.

    Raises:
        UserError: There is no compiler, or nothing to compile.
    """

    def __init__(self) -> None:
        self._is_done = False

    def before_train(self, runner: Runner) -> None:
        """Refuse a model without an HRNet, and a machine without a compiler."""
        if runner.cfg.get("compile"):
            raise UserError(
                "the config's `compile` compiles all of the model, --compile (CompileHook) its "
                "HRNet alone: choose one"
            )
        if not any(isinstance(module, HRModule) for module in unwrapped_model(runner).modules()):
            raise UserError("--compile (CompileHook): the model has no HRNetBackbone")
        check_compiler(get_device())

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Compile after the first iteration."""
        if self._is_done:
            return
        from hrnet_mm.models.compiled import compile_modules  # imports dynamo, for seconds

        self._is_done = True
        number = compile_modules(unwrapped_model(runner))
        runner.logger.info(
            f"{number} modules of the HRNet are compiled now: the next iteration takes longer, and "
            "so does the first validation"
        )


def check_compiler(device: str) -> None:
    """Refuse a machine on which torch.compile lacks a compiler.

    Raises:
        UserError: It is missing.
    """
    if torch.device(device).type != "cpu":
        if not has_triton():
            raise UserError(f"compiling for {device} needs triton: pip install triton")
        return
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        raise UserError(
            "compiling fails, as there is no C++ compiler: install g++, or set CXX to one"
        ) from None
