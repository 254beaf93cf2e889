"""Trains a model with SyncBN in the processes that torchrun started, for test_cpu_distributed.

Rank 0 writes what it saw to the file that is given.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from mmengine import dist
from torch import nn

from hrnet_mm.compat.cpu_distributed import REPAIRS
from hrnet_mm.launch.processes import synchronize_exit
from hrnet_mm.post_import import install
from tests.tiny_runner import tiny_runner

install(REPAIRS)


def parameters_agree(model: nn.Module) -> bool:
    flat = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    return all(torch.equal(flat, other) for other in dist.all_gather(flat))


def collectives() -> dict[str, Any]:
    rank, world_size = dist.get_dist_info()
    summed, sent, objects = torch.tensor([rank + 1]), torch.tensor([rank]), [f"of {rank}"]
    dist.all_reduce(summed)
    dist.broadcast(sent, src=1)
    dist.broadcast_object_list(objects, src=1)
    return {
        "all_reduce": summed.item(),
        "broadcast": sent.item(),
        "broadcast_object_list": objects,
        "all_gather_object": dist.all_gather_object(rank),
        "collect_results": {
            device: dist.collect_results([rank, rank + world_size], 4, device)
            for device in ("cpu", "gpu")
        },
    }


def main(report: Path) -> None:
    runner = tiny_runner(
        report.parent / "work_dir",
        epochs=2,
        launcher="pytorch",
        env_cfg={"dist_cfg": {"backend": "nccl"}},
        cfg={"sync_bn": "torch"},
        log_level="WARNING",
    )
    runner.train()
    seen = {
        "backend": dist.get_backend(),
        "wrapper": type(runner.model).__name__,
        "norm": type(runner.model.module.norm).__name__,
        "parameters agree": parameters_agree(runner.model),
        "iterations": runner.iter,
        "samples": int(runner.message_hub.get_scalar("val/tiny/seen").current()),
        **collectives(),
    }
    if dist.is_main_process():
        report.write_text(json.dumps(seen))
    synchronize_exit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
