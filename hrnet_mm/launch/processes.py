"""The processes of a distributed run."""

import torch


def synchronize_exit() -> None:
    """Wait for all processes, since one that exits earlier makes others fail while they use it."""
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
