"""Trains in the processes that torchrun started, for test_seeding; each writes what it saw."""

import json
import sys
from pathlib import Path
from typing import Any

from mmengine import dist

from hrnet_mm.compat.cpu_distributed import REPAIRS
from hrnet_mm.launch.processes import synchronize_exit
from hrnet_mm.post_import import install
from tests.hooks.test_seeding import LOOPS, RANDOMNESS, RANKS, train

install(REPAIRS)


def main(folder: Path) -> None:
    seen = {
        f"{loop}, {kind}": train_twice(folder / f"{loop} {kind}", LOOPS[loop], RANDOMNESS[kind])
        for loop, kind in RANKS
    }
    (folder / f"rank{dist.get_rank()}.json").write_text(json.dumps(seen))
    synchronize_exit()


def train_twice(
    work_dir: Path, loop: dict[str, Any], randomness: dict[str, Any]
) -> list[list[list[float]]]:
    """Train, then once more from a checkpoint after the second iteration."""
    # A rank has two iterations in a pass over the data.
    by_epoch = loop["by_epoch"]
    loop = loop | (dict(max_epochs=2) if by_epoch else dict(max_iters=4))
    checkpoint = dict(type="CheckpointHook", by_epoch=by_epoch, interval=1 if by_epoch else 2)
    saved = work_dir / ("epoch_1.pth" if by_epoch else "iter_2.pth")
    settings: dict[str, Any] = dict(
        launcher="pytorch",
        env_cfg=dict(dist_cfg=dict(backend="gloo")),
        randomness=randomness,
        default_hooks=dict(checkpoint=checkpoint, logger=None),
    )
    resuming: dict[str, Any] = dict(resume=True, load_from=str(saved))
    return [
        train(work_dir, loop=loop, settings=settings).seen,
        train(work_dir, loop=loop, settings=settings | resuming).seen,
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
