"""Memory, files and threads of long runs: ``python -m tests.reliability.long_runs``.

Prints a line of json for a training and for predictions: the slope of the memory in MB for 100
steps, by least squares over the last three quarters, and the numbers of open files and threads at
the first and at the last sample.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)

# isort: split
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from demo.painter import write_toy_scenes
from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train
from tests.apis.models import write_toy_model
from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy

EVERY = 50  # steps between two samples


@dataclass
class Samples:
    """What this process and its children held, now and then."""

    steps: list[int] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def add(self, step: int) -> None:
        processes = [os.getpid(), *_children(os.getpid())]
        self.steps.append(step)
        self.megabytes.append(sum(map(_resident, processes)))
        self.files.append(sum(len(os.listdir(f"/proc/{process}/fd")) for process in processes))
        self.threads.append(sum(len(os.listdir(f"/proc/{process}/task")) for process in processes))

    def summary(self) -> dict[str, Any]:
        first = len(self.steps) // 4
        slope, _ = np.polyfit(self.steps[first:], self.megabytes[first:], 1)
        return dict(
            steps=self.steps[-1],
            megabytes=round(self.megabytes[-1]),
            megabytes_per_100=round(100 * slope, 3),
            files=(self.files[first], self.files[-1]),
            threads=(self.threads[first], self.threads[-1]),
        )


SAMPLES = Samples()


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _children(process: int) -> list[int]:
    return [
        int(child)
        for task in os.listdir(f"/proc/{process}/task")
        for child in Path(f"/proc/{process}/task/{task}/children").read_text().split()
    ]


@HOOKS.register_module()
class Sample(Hook):
    """Adds a sample now and then."""

    def after_train_iter(self, runner: Any, *_: Any, **__: Any) -> None:
        if (runner.iter + 1) % EVERY == 0:
            SAMPLES.add(runner.iter + 1)


def long_training(folder: Path, scenes: Path, *, steps: int) -> Samples:
    """Train with a worker, a checkpoint and a validation now and then."""
    cfg = small_toy("seg", scenes, log_level="WARNING", **NARROW["seg"])
    cfg.model.backbone.arch = ARCH
    cfg.train_dataloader.update(batch_size=2, num_workers=1, persistent_workers=True)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler", shuffle=True)
    cfg.train_cfg = dict(by_epoch=False, max_iters=steps, val_interval=200)
    cfg.param_scheduler = []
    cfg.log_processor = dict(by_epoch=False)
    cfg.default_hooks.checkpoint = dict(
        type="CheckpointHook", by_epoch=False, interval=200, max_keep_ckpts=1
    )
    cfg.custom_hooks.append(dict(type="mmengine.Sample"))
    cfg.dump(folder / "config.py")
    options = RunOptions(config=str(folder / "config.py"), work_dir=str(folder / "work"))
    train(options, resume=None, amp=False, auto_scale_lr=False)
    return SAMPLES


def long_prediction(folder: Path, scenes: Path, *, steps: int) -> Samples:
    """Predict on a few images again and again."""
    options = {**NARROW["pose"], "model.backbone.arch": dict(ARCH, _delete_=True)}
    model = write_toy_model("pose", scenes, folder, **options)
    predictor = Predictor(str(model.config), str(model.checkpoint), batch_size=1)
    images = sorted((scenes / "leftImg8bit/val").rglob("*.png"))
    for step in range(1, steps + 1):
        list(predictor(images[step % len(images)]))
        if step % EVERY == 0:
            SAMPLES.add(step)
    return SAMPLES


RUNS: dict[str, Callable[..., Samples]] = {"train": long_training, "predict": long_prediction}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--samples", action="store_true", help="print all samples too")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        scenes = write_toy_scenes(folder / "toy", num_train=6, num_val=3, processes=1)
        samples = RUNS[args.run](folder, scenes, steps=args.steps)
    if args.samples:
        print(json.dumps(asdict(samples)), file=sys.stderr)
    print(json.dumps(samples.summary()))


if __name__ == "__main__":
    main()
