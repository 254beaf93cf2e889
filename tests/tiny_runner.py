"""A Runner that trains in a fraction of a second, for the tests of the repairs.

It imports mmengine but not hrnet_mm, so that a subprocess can show the fault of the stock stack.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.utils.dl_utils import misc
from torch import nn
from torch.utils.data import Dataset

ROOT = Path(__file__).parents[1]

if not hasattr(misc.pkgutil, "find_loader"):  # Python 3.14, where no stock Runner starts without
    misc.pkgutil = SimpleNamespace(find_loader=find_spec)  # type: ignore[assignment]


class TinyDataset(Dataset):
    """Four points with their labels, and the kinds of arrays that mmpose's metainfo holds."""

    default_metainfo: ClassVar = {
        "dataset_name": "tiny",
        "sigmas": np.array([0.1, 0.2], dtype=np.float32),
        "colors": np.array([[1, 2, 3]], dtype=np.uint8),
        "weight": np.float64(0.5),
    }

    def __init__(self, metainfo: dict[str, Any] | None = None) -> None:
        self.metainfo = self.default_metainfo if metainfo is None else metainfo

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> dict[str, Any]:
        generator = torch.Generator().manual_seed(index)
        return {"inputs": torch.randn(3, generator=generator), "index": index}


class TinyModel(BaseModel):
    """A linear layer after a normalisation, which remembers the dtype that it trained in."""

    def __init__(self, norm: type[nn.Module] = nn.BatchNorm1d) -> None:
        super().__init__()
        self.norm = norm(3)
        self.linear = nn.Linear(3, 2)
        self.trained_in: torch.dtype | None = None

    def forward(
        self, inputs: Sequence[torch.Tensor], index: torch.Tensor, mode: str = "tensor"
    ) -> Any:
        scores = self.linear(self.norm(torch.stack(list(inputs))))
        if mode == "loss":
            self.trained_in = scores.dtype
            return {"loss": (scores.float() - 1).square().mean()}
        return list(index)


class Seen(BaseMetric):
    """Counts the distinct samples that were evaluated, over all processes; and its evaluations."""

    evaluations = 0

    def process(self, data_batch: Any, data_samples: Sequence[torch.Tensor]) -> None:
        del data_batch
        self.results.extend(int(index) for index in data_samples)

    def compute_metrics(self, results: list[int]) -> dict[str, float]:
        self.evaluations += 1
        return {"seen": len(set(results)), "improving": self.evaluations}


def tiny_runner(
    work_dir: Path | str,
    *,
    epochs: int = 1,
    metainfo: dict[str, Any] | None = None,
    **settings: Any,
) -> Runner:
    """Build the Runner; ``metainfo`` is its dataset's, ``settings`` replace its own."""
    loader = {
        "batch_size": 2,
        "num_workers": 0,
        "sampler": {"type": "DefaultSampler", "shuffle": False},
    }
    defaults: dict[str, Any] = {
        "model": TinyModel(),
        "work_dir": str(work_dir),
        "train_dataloader": {**loader, "dataset": TinyDataset(metainfo)},
        "train_cfg": {"by_epoch": True, "max_epochs": epochs, "val_interval": 1},
        "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.01, "momentum": 0.9}},
        "val_dataloader": {**loader, "dataset": TinyDataset()},
        "val_cfg": {},
        "val_evaluator": {"type": Seen, "prefix": "tiny"},
        "default_scope": "mmengine",
        "default_hooks": {"logger": {"type": "LoggerHook", "interval": 1}},
        "experiment_name": f"tiny_{next(_count)}",
        "log_level": "ERROR",
    }
    return Runner(**{**defaults, **settings})


_count = iter(range(1_000_000))  # mmengine wants a name of its own for each Runner


def run_python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh interpreter, which has hrnet_mm only if ``code`` imports it."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
