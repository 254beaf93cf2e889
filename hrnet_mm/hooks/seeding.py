"""Random numbers that depend on where a run is, not on how it got there.

mmengine saves no random state, so a resumed run draws other augmentations and dropout masks than an
uninterrupted one; and without persistent workers it draws the same ones in every epoch. Here every
sample and every iteration has a seed of its own, made of the run's seed and its place in the run.
"""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from mmengine import dist
from mmengine.dataset import InfiniteSampler
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import Sampler

from hrnet_mm.registry import HOOKS, register

ITERATION_STREAM, SAMPLE_STREAM = range(2)  # keeps the seeds of iterations and samples apart


@register(HOOKS)
class SeedHook(Hook):
    """Seed each training sample by its place in the run, and each iteration by its number.

    A sample's seed is made of the run's seed, the rank, the pass over the data and the position in
    it, not of the worker that loads it: neither the number of workers nor a resume changes what is
    drawn. Resuming takes the seed of the checkpoint. All ranks share one order of the data, with
    ``diff_rank_seed`` too.
    """

    def before_train(self, runner: Runner) -> None:
        """Number the draws of the sampler and let the dataset seed itself by them."""
        loader: Any = runner.train_dataloader
        sampler = loader.batch_sampler.sampler
        if not isinstance(sampler, _NumberedSampler):
            sampler = _NumberedSampler(sampler)
            loader.batch_sampler.sampler = sampler
        seed = _common_seed(runner)
        if hasattr(sampler.sampler, "seed"):
            sampler.sampler.seed = seed
        sampler.key = (seed, SAMPLE_STREAM, runner.rank)
        sampler.passes = 0
        # A data loader prefers this over single items; another one may hold the same dataset.
        loader.dataset.__getitems__ = partial(_fetch, loader.dataset)
        loader._iterator = None  # persistent workers started earlier hold the dataset as it was
        if isinstance(runner.train_loop, IterBasedTrainLoop):
            _restart(runner.train_loop)

    def before_train_epoch(self, runner: Runner) -> None:
        """Tell the sampler which pass over the data begins."""
        if not isinstance(runner.train_loop, IterBasedTrainLoop):  # that one replays its passes
            loader: Any = runner.train_dataloader
            loader.batch_sampler.sampler.passes = runner.epoch

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | tuple | list | None = None
    ) -> None:
        """Seed what the model draws in this iteration, on every device."""
        torch.manual_seed(
            _seed_numpy_and_python(runner.seed, ITERATION_STREAM, runner.rank, runner.iter)
        )


def _restart(loop: IterBasedTrainLoop) -> None:
    # The loop starts its iterator, and the workers, when it is built, before any hook runs. An
    # InfiniteSampler has one generator for all its iterators, and ends with the first of them.
    loader: Any = loop.dataloader
    stock = loader.batch_sampler.sampler.sampler
    if isinstance(stock, InfiniteSampler):
        stock.indices = stock._indices_of_rank()
    loop.dataloader_iterator = type(loop.dataloader_iterator)(loop.dataloader)


def _common_seed(runner: Runner) -> int:
    """Give the seed of rank 0, which mmengine saves; with ``diff_rank_seed`` others add theirs."""
    seeds = [runner.seed]
    dist.broadcast_object_list(seeds)
    return seeds[0]


class _Draw(int):
    """An index into the dataset that knows what the seed of its sample is made of."""

    key: tuple[int, ...]


class _NumberedSampler(Sampler[int]):
    key: tuple[int, ...] = ()

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler
        self.passes = 0

    def __iter__(self) -> Iterator[_Draw]:
        current, self.passes = self.passes, self.passes + 1
        for position, index in enumerate(self.sampler):
            draw = _Draw(index)
            draw.key = (*self.key, current, position)
            yield draw

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str) -> Any:
        # Batch samplers and hooks use more of a sampler than its order: `dataset`, `set_epoch`…
        if name == "sampler":  # not there yet, while this is unpickled
            raise AttributeError(name)
        return getattr(self.sampler, name)


def _fetch(dataset: Any, indices: Sequence[int]) -> list[Any]:
    """Load a batch, each sample after seeding; a batch of another loader as that one would."""
    draws = [index for index in indices if isinstance(index, _Draw)]
    if len(draws) < len(indices):
        stock = getattr(type(dataset), "__getitems__", None)
        return stock(dataset, indices) if stock else [dataset[index] for index in indices]
    samples = []
    for draw in draws:
        # Not torch.manual_seed, which also reaches for CUDA.
        torch.default_generator.manual_seed(_seed_numpy_and_python(*draw.key))
        samples.append(dataset[int(draw)])
    return samples


def _seed_numpy_and_python(*key: int) -> int:
    """Seed numpy and random by the key; return a seed for torch."""
    numpy_seed, python_seed, torch_seed = np.random.SeedSequence(key).generate_state(3).tolist()
    np.random.seed(numpy_seed)
    random.seed(python_seed)
    return torch_seed
