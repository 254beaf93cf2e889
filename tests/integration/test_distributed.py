"""tools/dist_train.sh on two CPU processes computes what one process does on the whole batch."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy

ITERATIONS = 10
RECORDER = """
import json, time
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class RecordLosses(Hook):
    def __init__(self):
        self.losses, self.gradients, self.times = [], [], []
    def before_train(self, runner):
        runner.optim_wrapper.optimizer.register_step_pre_hook(self.record)
    def record(self, optimizer, *_):
        if not self.gradients:
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            self.gradients = [x for p in parameters for x in p.grad.flatten()[:5].tolist()]
    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses.append(float(outputs["loss"]))
        self.times.append(time.perf_counter())
    def after_train(self, runner):
        with open(f"{runner.work_dir}/rank{runner.rank}.json", "w") as file:
            json.dump(vars(self), file)
"""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a process recorded.

    Attributes:
        losses: Of each iteration.
        gradients: Of the first iteration, five numbers of each parameter.
        times: When each iteration ended, in seconds.
    """

    losses: list[float]
    gradients: list[float]
    times: list[float]

    @property
    def seconds(self) -> float:
        """The median of an iteration."""
        return statistics.median(end - start for start, end in pairwise(self.times))


def dist_train(cfg: Config, folder: Path, *, processes: int, port: int) -> list[Record]:
    """Train with the script; return what each process recorded."""
    folder.mkdir()
    (folder / "recorder.py").write_text(RECORDER)
    cfg.custom_imports.imports = ["hrnet_mm", "recorder"]
    cfg.dump(folder / "config.py")
    options = ["--work-dir", str(folder)]
    done = subprocess.run(
        ["bash", "tools/dist_train.sh", str(folder / "config.py"), str(processes), *options],
        cwd=REPOSITORY,
        env=os.environ
        | {
            "PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(folder), str(REPOSITORY)]),
            "OMP_NUM_THREADS": "1",
            "PORT": str(port),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-20000:]
    files = [folder / f"rank{rank}.json" for rank in range(processes)]
    return [Record(**json.loads(file.read_text())) for file in files]


@pytest.fixture
def plain(toy_scenes: Path) -> Config:
    """Training without randomness: norms in eval mode, no augmentation, one learning rate."""
    cfg = small_toy("pose", toy_scenes, **{"model.backbone.norm_eval": True})
    random = ("RandomFlip", "RandomBBoxTransform")
    steps: list[Any] = cfg.train_dataloader.dataset.pipeline
    cfg.train_dataloader.dataset.pipeline = [step for step in steps if step["type"] not in random]
    cfg.train_dataloader.dataset.indices = 8
    cfg.custom_hooks.append(dict(type="RecordLosses"))
    cfg.train_cfg = dict(by_epoch=True, max_epochs=ITERATIONS // 2, val_interval=ITERATIONS // 2)
    cfg.param_scheduler = []
    # Adam would blow rounding up where a gradient is nearly zero.
    # A higher rate would raise the loss at first, and rounding with it.
    cfg.optim_wrapper = dict(optimizer=dict(type="SGD", lr=0.002, momentum=0.9))
    return cfg


@pytest.mark.slow
def test_two_processes_compute_what_one_does(
    plain: Config, unused_port: int, tmp_path: Path
) -> None:
    plain.train_dataloader.batch_size = 4
    (alone,) = dist_train(plain, tmp_path / "one", processes=1, port=unused_port)
    plain.train_dataloader.batch_size = 2
    ranks = dist_train(plain, tmp_path / "two", processes=2, port=unused_port)
    assert len(alone.losses) == ITERATIONS
    together = [sum(losses) / 2 for losses in zip(*(rank.losses for rank in ranks), strict=True)]
    assert together == pytest.approx(alone.losses, rel=1e-4)
    assert alone.losses[-1] < alone.losses[0]
    assert ranks[0].losses != ranks[1].losses
    expected = torch.tensor(alone.gradients)
    for rank in ranks:
        given = torch.tensor(rank.gradients)
        assert (given - expected).norm() < 1e-4 * expected.norm()
    print(f"images/s: one process {4 / alone.seconds:.1f}, two {4 / ranks[0].seconds:.1f}")


@pytest.mark.slow
def test_sync_bn_becomes_bn_on_cpu_processes(
    plain: Config, unused_port: int, tmp_path: Path
) -> None:
    plain.model.backbone.update(norm_cfg=dict(type="SyncBN"), norm_eval=False)
    plain.train_dataloader.batch_size = 2
    ranks = dist_train(plain, tmp_path / "sync", processes=2, port=unused_port)
    assert [len(rank.losses) for rank in ranks] == [ITERATIONS, ITERATIONS]
