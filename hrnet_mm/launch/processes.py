"""The processes of a distributed run."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine import dist
from mmengine.config import Config

from hrnet_mm.errors import UserError
from hrnet_mm.launch.environment import describe_environment

_SHOWN = 3  # differing values in a message


def join_processes(cfg: Config) -> None:
    """Let the processes of a launcher find each other, as mmengine's Runner does otherwise."""
    launcher = cfg.get("launcher", "none")
    if launcher != "none" and not dist.is_distributed():
        dist.init_dist(launcher, **cfg.get("env_cfg", {}).get("dist_cfg", {}))


def refuse_differing_processes(cfg: Config) -> None:
    """Compare the configs and the code of all processes.

    Raises:
        UserError: They differ; the message names the process and the first differences.
    """
    mine = dict(_leaves(cfg.to_dict())) | {f"code of {k}": v for k, v in _code().items()}
    everyone: Sequence[Mapping[str, str]] = dist.all_gather_object(mine)
    first = everyone[0]
    for rank, other in enumerate(everyone):
        names = [name for name in first | other if first.get(name) != other.get(name)]
        if names:
            told = "; ".join(
                f"{name} is {other.get(name, 'missing')}, not {first.get(name, 'missing')}"
                for name in names[:_SHOWN]
            )
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise UserError(
                f"process {rank} does not run what process 0 runs: {told}{more}; give all the "
                "same config, options and packages"
            )


def _leaves(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of a config by their dotted keys."""
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list | tuple):
        children = enumerate(node)
    elif isinstance(node, set | frozenset):  # whose order is another in each process
        children = enumerate(sorted(node, key=repr))
    else:
        yield key, re.sub(r" at 0x[0-9a-f]+", "", repr(node))  # of a function
        return
    for name, child in children:
        yield from _leaves(child, f"{key}.{name}" if key else str(name))


def _code() -> dict[str, str]:
    """Return the versions of the packages, and a checksum of this package's source."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    versions = {k: v for k, v in describe_environment().items() if k != "device"}
    return versions | {"hrnet_mm's source": digest.hexdigest()[:12]}


def synchronize_exit() -> None:
    """Wait for all processes, since one that exits earlier makes others fail while they use it."""
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
