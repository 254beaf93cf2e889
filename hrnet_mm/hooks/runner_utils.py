"""What several hooks need of a Runner."""

from typing import Any

import torch
from mmengine.dataset import InfiniteSampler
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner
from torch import nn


def unwrapped_model(runner: Runner) -> nn.Module:
    """Return the model without DistributedDataParallel or another wrapper."""
    model: Any = runner.model
    return model.module if is_model_wrapper(model) else model


def restart_workers(loop: BaseLoop, *, kind: type | None = None) -> None:
    """Replace the workers of a loop's data loader, which hold an older state of the dataset.

    Args:
        loop: The loop; the iterator of an iteration-based one is replaced too.
        kind: The class of that iterator; None for the one that it has.
    """
    loader: Any = loop.dataloader
    loader._iterator = None  # of persistent workers
    if not isinstance(loop, IterBasedTrainLoop):
        return
    # The loop starts its iterator when it is built, before any hook runs. An InfiniteSampler has
    # one generator for all iterators, and draws the same again if that is new.
    sampler = getattr(loader.batch_sampler, "sampler", None)
    sampler = getattr(sampler, "sampler", sampler)  # within that of SeedHook
    if isinstance(sampler, InfiniteSampler):
        sampler.indices = sampler._indices_of_rank()
    with torch.random.fork_rng(devices=[]):  # an iterator draws a seed
        loop.dataloader_iterator = (kind or type(loop.dataloader_iterator))(loader)
