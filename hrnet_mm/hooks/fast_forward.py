"""Starts a training where it goes on, without loading the batches before."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from mmengine.runner.loops import _InfiniteDataloaderIterator
from torch.utils.data import BatchSampler

from hrnet_mm.hooks.runner_utils import restart_workers


def fast_forward(loop: IterBasedTrainLoop) -> None:
    """Let a loop's iterator begin at the loop's iteration.

    mmengine asks the iterator for each batch of the iterations that are done, which loads them all.
    Here it answers these calls at once, and the order of the data begins at the next batch. The
    indices before are replayed only where batches depend on them, such as those of equal aspect
    ratio.

    Args:
        loop: Its data loader has a sampler of `SeedHook`.
    """
    loader: Any = loop.dataloader
    sampler = loader.batch_sampler.sampler
    is_plain = type(loader.batch_sampler) is BatchSampler
    if is_plain and isinstance(sampler.sampler, InfiniteSampler):
        passes = 0
        sampler.start(passes, loop.iter * loader.batch_sampler.batch_size)
    elif is_plain and isinstance(sampler.sampler, DefaultSampler):
        passes, batches = divmod(loop.iter, len(loader.batch_sampler))
        sampler.set_epoch(passes)
        sampler.start(passes, batches * loader.batch_sampler.batch_size)
    else:
        passes, rest = _replay(loader.batch_sampler, number=loop.iter)
        # DataLoader refuses a new one as an attribute.
        vars(loader)["batch_sampler"] = _Begun(loader.batch_sampler, rest)
    restart_workers(loop, kind=_ResumedIterator)
    iterator: Any = loop.dataloader_iterator
    iterator._epoch, iterator.done = passes, loop.iter


def batches_done(runner: Runner, *, begun: tuple[int, int] | None) -> int:
    """Return how many batches of the current epoch a resumed training has had.

    If the epoch must start again, a warning says why.

    Args:
        runner: Its loop is epoch-based.
        begun: How many the checkpoint says, and of how many; None if it does not say.
    """
    now = len(runner.train_dataloader)
    if begun is None:
        begun = runner.iter - runner.epoch * now, 0
    batches, of = begun
    if batches == 0 or of == now:
        return batches
    was = f"of {of} batches" if of else "unknown"
    runner.logger.warning(
        f"the checkpoint is of the middle of epoch {runner.epoch + 1}, which starts from its "
        f"beginning: the epochs of its run were {was}, and are of {now} now"
    )
    return 0


def fast_forward_epoch(loop: EpochBasedTrainLoop, *, batches: int) -> None:
    """Let the epoch that begins now leave out its first batches, which are done.

    Args:
        loop: Its data loader has a sampler of `SeedHook`.
        batches: How many.
    """
    loader: Any = loop.dataloader
    sampler = loader.batch_sampler.sampler
    sampler.start(loop.epoch, 0)
    if batches == 0:
        return
    if type(loader.batch_sampler) is BatchSampler:
        sampler.start(loop.epoch, batches * loader.batch_sampler.batch_size)
    else:
        sampler.set_epoch(loop.epoch)
        _, rest = _replay(loader.batch_sampler, number=batches)
        vars(loader)["batch_sampler"] = _Begun(loader.batch_sampler, rest)


class _ResumedIterator(_InfiniteDataloaderIterator):
    """Gives nothing for the batches that are done."""

    done = 0

    def __next__(self) -> Sequence[dict]:
        if self.done:
            self.done -= 1
            return []
        return super().__next__()


def _replay(batch_sampler: Any, *, number: int) -> tuple[int, Iterator[list[int]]]:
    """Draw so many batches; return how many passes are over, and the rest of the current one."""
    sampler = batch_sampler.sampler
    sampler.dataset = _Sizes(sampler.dataset)
    passes, rest = 0, iter(batch_sampler)
    while number > 0:
        drawn = sum(1 for _ in islice(rest, number))
        number -= drawn
        if number > 0:
            passes += 1
            sampler.set_epoch(passes)
            rest = iter(batch_sampler)
    del sampler.dataset  # its own again
    return passes, rest


class _Sizes:
    """A dataset that looks up each image's size once."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._sizes: dict[int, dict[str, Any]] = {}

    def get_data_info(self, index: int) -> dict[str, Any]:
        if index not in self._sizes:
            info = self._dataset.get_data_info(index)
            self._sizes[index] = {key: info[key] for key in ("width", "height")}
        return self._sizes[index]


class _Begun:
    """A batch sampler whose first pass has begun already."""

    def __init__(self, batch_sampler: Any, rest: Iterator[list[int]]) -> None:
        self._batch_sampler = batch_sampler
        self._rest: Iterator[list[int]] | None = rest

    def __iter__(self) -> Iterator[list[int]]:
        # In the first step, as loaders with workers make two iterators and use the second.
        rest, self._rest = self._rest, None
        yield from self._batch_sampler if rest is None else rest

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch_sampler, name)
