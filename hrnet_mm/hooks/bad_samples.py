"""Replaces images that cannot be read, up to a number, so that a training goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.data.damaged_images import DamagedImageError
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.errors import UserError
from hrnet_mm.hooks.runner_utils import restart_workers
from hrnet_mm.registry import HOOKS, register

LIST = "skipped_samples.txt"


@register(HOOKS)
class SkipBadSamplesHook(Hook):
    """Train on another sample of the same dataset where an image cannot be read.

    It is the next readable one in the order of the dataset, so that resuming changes nothing. What
    was replaced is listed in ``skipped_samples.txt`` in the work dir, by all processes and workers,
    and logged when the training ends. A resumed training goes on with the list. Validations and
    tests replace nothing, for that would falsify their metrics.

    Args:
        limit: Number of images; one more ends the training.

    Raises:
        UserError: There are more; the message names the image. Or a dataset is none of mmengine's.
    """

    def __init__(self, *, limit: int) -> None:
        if limit < 1:
            raise UserError(f"SkipBadSamplesHook: limit={limit}; give at least 1")
        self._limit = limit

    def before_run(self, runner: Runner) -> None:
        """Wrap the reading of samples, and begin the list unless the training is resumed."""
        skipped = _SkippedList(Path(runner.work_dir, LIST), limit=self._limit)
        if is_main_process() and not runner._resume:
            skipped.path.write_text("")
        for _, dataset in LoadedData(loaders={"train": runner.train_dataloader}).datasets():
            if not hasattr(dataset, "prepare_data"):
                raise UserError(
                    f"SkipBadSamplesHook: {type(dataset).__name__} is none of mmengine's datasets, "
                    "whose samples it can replace"
                )
            dataset.prepare_data = _Replacing(dataset, dataset.prepare_data, skipped)
        restart_workers(runner.train_loop)  # type: ignore

    def after_train(self, runner: Runner) -> None:
        """Log the list."""
        if names := _SkippedList(Path(runner.work_dir, LIST), limit=self._limit).read():
            listed = "; ".join(names)
            runner.logger.warning(f"{len(names)} images not read, but replaced by others: {listed}")


class _SkippedList:
    """A file of a line for each image, which all workers of all processes add to."""

    def __init__(self, path: Path, *, limit: int) -> None:
        self.path, self._limit = path, limit

    def read(self) -> list[str]:
        return list(dict.fromkeys(self.path.read_text().splitlines())) if self.path.exists() else []

    def add(self, fault: Exception) -> None:
        """Add an image, by what is wrong with it.

        Raises:
            UserError: There are too many.
        """
        line = " ".join(str(fault).split())
        known = self.read()
        if line in known:
            return
        if len(known) >= self._limit:
            raise UserError(
                f"{line}; {len(known)} others were skipped already ({self.path}), as many as "
                "--skip-bad-samples allows"
            ) from fault
        with self.path.open("a") as file:  # short lines are appended whole
            file.write(f"{line}\n")


class _Replacing:
    """A dataset's ``prepare_data``, which takes the next sample where one cannot be read."""

    def __init__(self, dataset: Any, stock: Callable[[int], Any], skipped: _SkippedList) -> None:
        self._dataset, self._stock, self._skipped = dataset, stock, skipped

    def __call__(self, index: int) -> Any:
        size = len(self._dataset)
        for candidate in (i % size for i in range(index, index + size)):
            try:
                return self._stock(candidate)
            except (DamagedImageError, OSError) as error:
                self._skipped.add(error)
        raise UserError(f"none of the {size} images of {type(self._dataset).__name__} can be read")
