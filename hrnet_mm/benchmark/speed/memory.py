"""Peak memory of a row."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import torch
from torch.nn import functional as F

from hrnet_mm.benchmark.speed.rows import Call, Row, Runtime
from hrnet_mm.benchmark.speed.subject import Subject
from hrnet_mm.errors import UserError

CALLS = 2  # an optimizer makes its state in the first
_STATUS = Path("/proc/self/status")  # of Linux
# glibc keeps the few bytes that are left beside an aligned tensor for small objects, so that freed
# tensors do not join, and larger ones never fit in their place. How much that takes is chance, and
# hides what activation checkpointing saves. Read when a process starts.
_NO_CACHES = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"


def peak_on_cpu(row: Row, runtime: Runtime, subject: Subject) -> float | None:
    """Measure the memory that a row needs in a process of its own, for its weights too.

    Returns:
        Bytes by which the most memory that the process ever had is above what it had after its
        imports; None where the system is not Linux, or a compiler's memory would be counted.

    Raises:
        UserError: The process ended, as one does that takes more memory than there is.
    """
    if runtime.compiles or not _STATUS.is_file():
        return None
    context = multiprocessing.get_context("spawn")
    with _caches_of_glibc_off(), ProcessPoolExecutor(1, mp_context=context) as process:
        try:
            return process.submit(_peak, row, runtime, subject).result()
        except BrokenProcessPool as error:
            raise UserError(
                "its process was killed, most likely for want of memory: take a smaller --batch"
            ) from error


@contextmanager
def _caches_of_glibc_off() -> Iterator[None]:
    """Start processes with these tunables, beside those that the user has set."""
    name = "GLIBC_TUNABLES"
    given = os.environ.get(name)
    os.environ[name] = _NO_CACHES if given is None else f"{given}:{_NO_CACHES}"
    try:
        yield
    finally:
        if given is None:
            del os.environ[name]
        else:
            os.environ[name] = given


def _peak(row: Row, runtime: Runtime, subject: Subject) -> float:
    torch.set_num_threads(subject.threads)
    import_module(f"{subject.cfg().default_scope}.models")
    kernel, image = torch.zeros(8, 3, 3, 3, requires_grad=True), torch.zeros(1, 3, 32, 32)
    F.conv2d(image, kernel).sum().backward()  # loads the code of convolutions
    before = _highest()
    call = runtime.prepare(row, subject)
    for _ in range(CALLS):
        call()
    return _highest() - before


def _highest() -> int:
    """Return the most bytes that this process ever had, unlike ru_maxrss without its parent's."""
    lines = _STATUS.read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024


def peak_on_gpu(call: Call, *, before: int, device: str) -> float:
    """Measure the memory of a row on a GPU, for its weights too.

    Args:
        call: What is measured.
        before: Bytes that were in use before it was prepared.
        device: As torch names it.

    Returns:
        Bytes that PyTorch had in use, at most. Runtimes other than PyTorch have memory of theirs,
        which is not counted.
    """
    torch.cuda.reset_peak_memory_stats(device)
    for _ in range(CALLS):
        call()
    return torch.cuda.max_memory_allocated(device) - before
