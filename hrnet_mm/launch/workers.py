"""Chooses how many processes load the data, by the CPUs that a run has."""

import os
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

# A CPU reads some 150 persons of COCO in a second: 16 feed any GPU that trains HRNet-W32 on them.
MAX_WORKERS = 16


def set_workers(cfg: Config, *, splits: tuple[str, ...], given: Mapping[str, Any]) -> None:
    """Let as many processes load the data as a run has CPUs beside its own, and say so.

    Loaders that load in the run's own process, with ``num_workers=0``, are left alone.

    Args:
        cfg: The config, which is changed.
        splits: Which of "train", "val" and "test" will run.
        given: Overrides by dotted key; those of ``num_workers`` hold.
    """
    cpus = cpus_of_process()
    number = min(max(cpus - 1, 1), MAX_WORKERS)
    for split in splits:
        name = f"{split}_dataloader"
        loader = cfg.get(name) or {}
        key = f"{name}.num_workers"
        if key in given or name in given or loader.get("num_workers", 0) in (0, number):
            continue
        if is_main_process():
            print(f"{key}={number}, for {cpus} CPUs; --cfg-options {key}=... sets another")
        loader["num_workers"] = number


def cpus_of_process() -> int:
    """Return the CPUs that this process may use, its share if several run on this machine."""
    bound = hasattr(os, "sched_getaffinity")  # not on macOS
    cpus = len(os.sched_getaffinity(0)) if bound else os.cpu_count() or 1
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # set by torchrun
    return max(cpus // processes, 1)
