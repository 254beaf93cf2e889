"""Several processes train together on a machine without an accelerator.

Broken: with any launcher, mmengine calls ``torch.cuda.set_device`` unconditionally, which raises
without a driver; its default backend is NCCL, which needs CUDA; it gives DistributedDataParallel
``device_ids``, which that refuses for a model on the CPU; and SyncBatchNorm refuses tensors on the
CPU.
Since: always, mmengine up to 0.10.7.
Can go: when mmengine trains in several processes on the CPU.

Repaired, only where mmengine finds no accelerator: no device is set, NCCL becomes Gloo and SyncBN
becomes BN (each said once), and no ``device_ids`` are passed.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hrnet_mm.post_import import Patch

if TYPE_CHECKING:
    from torch import nn


def _only_cpu() -> bool:
    from mmengine.device import get_device

    return get_device() == "cpu"


# Process group: mmengine.dist.init_dist


def _sets_cuda_device(module: ModuleType) -> bool:
    calls = {*module._init_dist_pytorch.__code__.co_names}
    return (
        _only_cpu() and "set_device" in calls and not {"is_cuda_available", "is_available"} & calls
    )


def _init_on_cpu(module: ModuleType) -> None:
    names = ("_init_dist_pytorch", "_init_dist_slurm", "_init_dist_mpi")
    module.__dict__.update({name: _without_cuda(getattr(module, name)) for name in names})


def _without_cuda(init: Callable[..., None]) -> Callable[..., None]:
    def init_without_cuda(backend: str, **settings: Any) -> None:
        from mmengine.dist import is_main_process

        with _set_device_disabled():
            init("gloo" if backend == "nccl" else backend, **settings)
        if backend == "nccl" and is_main_process():
            print("There is no GPU: the processes communicate through gloo instead of nccl.")

    return init_without_cuda


@contextmanager
def _set_device_disabled() -> Iterator[None]:
    from torch import cuda

    set_device = cuda.set_device
    cuda.__dict__["set_device"] = lambda _: None
    try:
        yield
    finally:
        cuda.__dict__["set_device"] = set_device


# Model wrapper: mmengine.model.MMDistributedDataParallel


def _wrap_on_cpu(module: ModuleType) -> None:
    wrapper = module.MMDistributedDataParallel
    stock = wrapper.__init__

    def init(self: "nn.Module", module: "nn.Module", *args: Any, **settings: Any) -> None:
        stock(self, _without_sync_bn(module), *args, **{**settings, "device_ids": None})

    wrapper.__init__ = init


def _without_sync_bn(model: "nn.Module") -> "nn.Module":
    from mmengine.logging import print_log
    from mmengine.model import revert_sync_batchnorm

    if not any(type(layer).__name__ == "SyncBatchNorm" for layer in model.modules()):
        return model
    print_log(
        "SyncBatchNorm does not run on the CPU: each process normalizes its own samples (BN).",
        logger="current",
        level=logging.WARNING,
    )
    return revert_sync_batchnorm(model)


REPAIRS = (
    Patch(
        title="several processes join on a machine without an accelerator",
        waits_for="mmengine.dist.utils",
        is_needed=_sets_cuda_device,
        apply=_init_on_cpu,
    ),
    Patch(
        title="DistributedDataParallel and SyncBN on a machine without an accelerator",
        waits_for="mmengine.model.wrappers.distributed",
        is_needed=lambda _: _only_cpu(),
        apply=_wrap_on_cpu,
    ),
)
