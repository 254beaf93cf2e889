"""The processes of a distributed run."""

import torch


def end_together() -> None:
    """Wait for all processes: one that ends while another still talks to it takes that one down."""
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
