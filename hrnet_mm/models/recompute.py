"""Activation checkpointing that leaves batch norms as one pass would."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint


def checkpoint_once(function: Callable[[Tensor], Tensor], x: Tensor, *, owner: nn.Module) -> Tensor:
    """Call ``function`` and recompute it in the backward pass, without a second norm update.

    Plain recomputation runs every batch norm in training mode twice, and so moves its running
    statistics twice for one batch. Under ``torch.compile`` it does not: there the update is no part
    of what is recomputed, and a closure as context is not allowed.

    Args:
        function: What to compute; it uses the norms of ``owner`` only.
        x: Its argument.
        owner: The module whose norms keep their statistics during the recomputation.
    """

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _spared_statistics(owner)

    context: Any = {} if torch.compiler.is_compiling() else {"context_fn": contexts}
    result = checkpoint(function, x, use_reentrant=False, preserve_rng_state=False, **context)
    assert isinstance(result, Tensor), type(result)
    return result


@contextmanager
def _spared_statistics(owner: nn.Module) -> Iterator[None]:
    """Let the norms of a module update copies of their statistics, which are then dropped."""
    norms = [module for module in owner.modules() if isinstance(module, _BatchNorm)]
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
