"""Lets calls take turns, and measures their times."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import torch

WARM_UPS = 3
# Threads of OpenMP look for more work for some milliseconds, and would take the cores from the next
# call.
REST = 0.02  # seconds

Name = TypeVar("Name")


def measure_in_turns(
    calls: Mapping[Name, Callable[[], object]], rounds: Iterable[int], *, device: str
) -> dict[Name, list[float]]:
    """Call each, one after the other, in each round.

    Args:
        calls: What is measured, by name.
        rounds: An item for each round.
        device: As torch names it; a GPU has ended its work when the clock is read.

    Returns:
        The seconds of each round.
    """
    on_gpu = torch.device(device).type == "cuda"
    for call in calls.values():
        for _ in range(WARM_UPS):
            call()
    times: dict[Name, list[float]] = {name: [] for name in calls}
    for _ in rounds:
        for name, call in calls.items():
            if on_gpu:
                torch.cuda.synchronize(device)
            time.sleep(REST)
            start = time.perf_counter()
            call()
            if on_gpu:
                torch.cuda.synchronize(device)
            times[name].append(time.perf_counter() - start)
    return times
