"""Activation checkpointing that updates the running statistics of batch norms once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

Input = TypeVar("Input")
Output = TypeVar("Output")


def maybe_checkpoint(
    function: Callable[[Input], Output], x: Input, *, owner: nn.Module, with_cp: bool
) -> Output:
    """Return ``function(x)``, with activation checkpointing if ``with_cp`` and gradients are on.

    Plain checkpointing runs every batch norm in training mode twice for one batch, and so updates
    its running statistics twice. Under ``torch.compile`` it does not: there the update is not part
    of what is recomputed, and a closure as context is not allowed.

    Args:
        function: What to compute; it uses no norms but those of ``owner``.
        x: Its argument, a feature map or several.
        owner: The module whose norms keep their statistics during the recomputation.
        with_cp: Whether to checkpoint.
    """
    if not with_cp or not torch.is_grad_enabled():
        return function(x)

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _statistics_kept(owner)

    context: Any = {} if torch.compiler.is_compiling() else {"context_fn": contexts}
    result: Any = checkpoint(function, x, use_reentrant=False, preserve_rng_state=False, **context)
    return result


@contextmanager
def _statistics_kept(module: nn.Module) -> Iterator[None]:
    """Let the norms of a module update copies of their statistics, which are then dropped."""
    norms = [child for child in module.modules() if isinstance(child, _BatchNorm)]
    statistics = [dict(norm.named_buffers()) for norm in norms]
    for norm, buffers in zip(norms, statistics, strict=True):
        for name, buffer in buffers.items():
            setattr(norm, name, buffer.clone())
    try:
        yield
    finally:
        for norm, buffers in zip(norms, statistics, strict=True):
            for name, buffer in buffers.items():
                setattr(norm, name, buffer)
