"""Random numbers that depend on the position in a run, so that resuming does not change them.

mmengine saves no random state, so a resumed run draws other augmentations and dropout masks than an
uninterrupted one; and without persistent workers it draws the same ones in every epoch. Here each
sample and each iteration has its own seed, made of the run's seed and the position in the run.
"""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from mmengine import dist
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import Sampler

from hrnet_mm.hooks.fast_forward import batches_done, fast_forward, fast_forward_epoch
from hrnet_mm.hooks.runner_utils import restart_workers
from hrnet_mm.registry import HOOKS, register

ITERATION_STREAM, SAMPLE_STREAM = range(2)  # keeps the seeds of iterations and samples apart


@register(HOOKS)
class SeedHook(Hook):
    """Seed each training sample by its position in the run, and each iteration by its number.

    A sample's seed is made of the run's seed, the rank, the epoch and the position in it, not of
    the worker that loads it: neither the number of workers nor resuming changes the augmentations,
    and a training resumes at once, also in the middle of an epoch, without loading the samples
    before.
    Resuming uses the seed of the checkpoint. All ranks share one order of the data, also with
    ``diff_rank_seed``.
    """

    def __init__(self) -> None:
        self._batches = 0  # of the current epoch, which are done
        self._is_resumed = False
        self._begun: tuple[int, int] | None = None  # of an epoch to go on with, and of how many

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save how much of the epoch is done."""
        if not isinstance(runner.train_loop, IterBasedTrainLoop):
            of = len(runner.train_dataloader)
            checkpoint["meta"]["batches_of_epoch"] = (self._batches, of)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Learn how much of the epoch is done."""
        self._is_resumed = runner._resume
        self._begun = checkpoint.get("meta", {}).get("batches_of_epoch")

    def before_train(self, runner: Runner) -> None:
        """Let the sampler number its indices, and the dataset seed itself by the numbers."""
        loader: Any = runner.train_dataloader
        sampler = loader.batch_sampler.sampler
        if not isinstance(sampler, _NumberedSampler):
            sampler = _NumberedSampler(sampler)
            loader.batch_sampler.sampler = sampler
        seeds = [runner.seed]  # with diff_rank_seed, mmengine saves that of rank 0
        dist.broadcast_object_list(seeds)
        (seed,) = seeds
        if hasattr(sampler.sampler, "seed"):
            sampler.sampler.seed = seed
        sampler.key = (seed, SAMPLE_STREAM, runner.rank)
        sampler.start(0, 0)
        # A data loader prefers this over single items; another loader may hold the same dataset.
        loader.dataset.__getitems__ = partial(_fetch, loader.dataset)
        loop: Any = runner.train_loop
        restart_workers(loop)

    def before_train_epoch(self, runner: Runner) -> None:
        """Tell the sampler which epoch begins, or at which iteration."""
        loop = runner.train_loop
        if isinstance(loop, IterBasedTrainLoop):
            if loop.iter > 0:  # after DistSamplerSeedHook, which sets the sampler's epoch to 0
                fast_forward(loop)
        elif self._is_resumed:
            self._is_resumed = False
            self._batches = batches_done(runner, begun=self._begun)
            fast_forward_epoch(loop, batches=self._batches)  # type: ignore
        else:
            loader: Any = runner.train_dataloader
            loader.batch_sampler.sampler.start(runner.epoch, 0)

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Count the batches of an epoch."""
        if not isinstance(runner.train_loop, IterBasedTrainLoop):
            self._batches += 1

    def after_train_epoch(self, runner: Runner) -> None:
        """Count anew."""
        self._batches = 0

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | tuple | list | None = None
    ) -> None:
        """Seed the random numbers of the model in this iteration, on every device."""
        torch.manual_seed(
            _seed_numpy_and_python(runner.seed, ITERATION_STREAM, runner.rank, runner.iter)
        )


class _SeededIndex(int):
    """An index into the dataset with the numbers that seed its sample."""

    key: tuple[int, ...]


class _NumberedSampler(Sampler[int]):
    """Wraps a sampler so that its indices carry their seeds."""

    key: tuple[int, ...] = ()

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler
        self.start(0, 0)

    def start(self, pass_index: int, position: int) -> None:
        """Let the next pass have this number, and begin at this position."""
        self.pass_index, self.first = pass_index, position

    def __iter__(self) -> Iterator[_SeededIndex]:
        current, self.pass_index = self.pass_index, self.pass_index + 1
        first, self.first = self.first, 0
        for position, index in enumerate(islice(self.sampler, first, None), start=first):
            seeded = _SeededIndex(index)
            seeded.key = (*self.key, current, position)
            yield seeded

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str) -> Any:
        # Batch samplers and hooks also use other attributes: `dataset`, `set_epoch`…
        if name == "sampler":  # not there yet, while this is unpickled
            raise AttributeError(name)
        return getattr(self.sampler, name)


def _fetch(dataset: Any, indices: Sequence[int]) -> list[Any]:
    """Load a batch, each sample after seeding; a batch of another loader without."""
    seeded = [index for index in indices if isinstance(index, _SeededIndex)]
    if len(seeded) < len(indices):
        stock = getattr(type(dataset), "__getitems__", None)
        return stock(dataset, indices) if stock else [dataset[index] for index in indices]
    samples = []
    for index in seeded:
        # Not torch.manual_seed, which also initializes CUDA.
        torch.default_generator.manual_seed(_seed_numpy_and_python(*index.key))
        samples.append(dataset[int(index)])
    return samples


def _seed_numpy_and_python(*key: int) -> int:
    """Seed numpy and random by the key; return a seed for torch."""
    numpy_seed, python_seed, torch_seed = np.random.SeedSequence(key).generate_state(3).tolist()
    np.random.seed(numpy_seed)
    random.seed(python_seed)
    return torch_seed
