"""Says in which iteration an error of a run was raised, and what to do about some errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

_GONE = r"(closed|reset) by peer|Timed out waiting|collective operation timeout|exited or there was"
# Of errors that PyTorch raises, by their texts.
_HINTS = {
    r"DataLoader timed out": "a worker hangs, in the storage or a transform; *_dataloader.timeout "
    "is the limit in seconds",
    r"DataLoader worker .* (is killed|exited)": "if memory ran out: fewer *_dataloader.num_workers",
    _GONE: "another process has ended or hangs; its own message says why",
}


class RunPhaseHook(Hook):
    """Keeps track of the iteration of a run."""

    def __init__(self) -> None:
        self.phase = "before the first iteration"

    def _before_iter(self, *args: Any, **kwargs: Any) -> None:
        self.phase = f"in {_iteration(*args, **kwargs)}"

    def _after_iter(self, *args: Any, **kwargs: Any) -> None:
        # The next batch is read, a checkpoint written or metrics computed.
        self.phase = f"after {_iteration(*args, **kwargs)}"


def _iteration(runner: Runner, batch_idx: int, *, mode: str, **_: Any) -> str:
    if mode == "train":
        return f"iteration {runner.iter + 1}"
    loop = "test" if mode == "test" else f"validation after iteration {runner.iter}"
    return f"batch {batch_idx + 1} of the {loop}"


@contextmanager
def run_phase(runner: Runner) -> Iterator[None]:
    """Add notes to an error of a run: the iteration in which it was raised, and what to do."""
    hook = RunPhaseHook()
    runner.register_hook(hook, priority="HIGHEST")
    try:
        yield
    except Exception as error:
        error.add_note(hook.phase)
        for pattern, hint in _HINTS.items():
            if re.search(pattern, str(error)):
                error.add_note(hint)
        raise
