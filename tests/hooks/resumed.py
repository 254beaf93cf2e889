"""Short trainings to resume, and what they train with."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import nn

from tests.tiny_runner import TinyDataset, TinyModel, tiny_runner

EPOCH = 2  # iterations
SGD = {"type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}
ADAM = {"type": "Adam", "lr": 1e-3, "betas": (0.9, 0.999)}
WARMUP = {"type": "LinearLR", "start_factor": 0.01, "begin": 0, "end": 5, "by_epoch": False}


class Recorder(Hook):
    """Notes what each iteration trains with."""

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}

    def before_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        wrapper: Any = runner.optim_wrapper
        wrappers = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
        self.seen[runner.iter] = [
            {name: value for name, value in group.items() if name != "params"}
            for each in wrappers
            for group in each.param_groups
        ]


def train(
    folder: Path,
    schedule: Any,
    *,
    epochs: int = 0,
    iterations: int = 0,
    resume: Path | bool = False,
    optimizer: dict[str, Any] = SGD,
    paramwise: dict[str, Any] | None = None,
    accumulate: int = 1,
    hooks: Sequence[dict[str, Any]] = (),
    **settings: Any,
) -> dict[int, Any]:
    """Train; return the values of the parameter groups by iteration."""
    recorder = Recorder()
    loop: dict[str, Any] = {"by_epoch": True, "max_epochs": epochs, "val_interval": 1000}
    checkpoint: dict[str, Any] = {"type": "CheckpointHook", "interval": 1}
    sampler = {"type": "DefaultSampler", "shuffle": False}
    if iterations:
        loop = {"by_epoch": False, "max_iters": iterations, "val_interval": 1000}
        checkpoint["by_epoch"] = False
        sampler["type"] = "InfiniteSampler"
    wrapper: dict[str, Any] = {"optimizer": optimizer, "paramwise_cfg": paramwise}
    wrapper["accumulative_counts"] = accumulate
    defaults: dict[str, Any] = {
        "model": TinyModel(),
        "optim_wrapper": wrapper,
        "param_scheduler": schedule,
        "train_cfg": loop,
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 0,
            "sampler": sampler,
            "dataset": TinyDataset(),
        },
        "val_dataloader": None,
        "val_cfg": None,
        "val_evaluator": None,
        "default_hooks": {"checkpoint": checkpoint},
        "custom_hooks": [recorder, {"type": "hrnet_mm.ResumeHook"}, *hooks],
        "resume": bool(resume),
        "load_from": str(resume) if isinstance(resume, Path) else None,
        "log_level": "WARNING",
    }
    tiny_runner(folder, **{**defaults, **settings}).train()
    return recorder.seen


def said(folder: Path) -> list[str]:
    """Return the lines that resuming logs."""
    logs = sorted(folder.glob("*/*.log"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line.split("WARNING - ")[1] for line in lines if "WARNING - resuming " in line]


def cosine(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "CosineAnnealingLR", "T_max": n, **options}


def multistep(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "MultiStepLR", "milestones": [n // 2, n - 1], "gamma": 0.1, **options}


def poly(n: int, **options: Any) -> dict[str, Any]:
    return {"type": "PolyLR", "power": 0.9, "end": n, **options}


BY_ITERATION = {"convert_to_iter_based": True}
SCHEDULES: dict[str, Callable[[int], Any]] = {  # for a number of epochs
    "multistep": multistep,
    "warmup_multistep": lambda n: [WARMUP, multistep(n, by_epoch=True)],
    "step": lambda n: {"type": "StepLR", "step_size": n // 3 + 1},
    "exponential": lambda n: {"type": "ExponentialLR", "gamma": 0.1 ** (1 / n)},
    "constant": lambda n: [{"type": "ConstantLR", "factor": 0.5, "end": n - 1}],
    "cosine": lambda n: cosine(n, eta_min=1e-5),
    "cosine_ratio": lambda n: {"type": "CosineAnnealingLR", "eta_min_ratio": 0.05, "end": n},
    "warmup_cosine": lambda n: [WARMUP, cosine(n - 1, begin=1, by_epoch=True, **BY_ITERATION)],
    "restarts": lambda n: dict(
        type="CosineRestartLR", periods=[n // 2, n - n // 2], restart_weights=[1, 0.5], eta_min=0
    ),
    "poly": lambda n: poly(n, eta_min=1e-4),
    "poly_by_iteration": lambda n: poly(n, **BY_ITERATION),
    "onecycle": lambda n: dict(
        type="OneCycleLR", eta_max=0.3, total_steps=n * EPOCH, by_epoch=False
    ),
    "momentum": lambda n: [
        cosine(n),
        {"type": "LinearMomentum", "start_factor": 0.5, "end": n, **BY_ITERATION},
    ],
    "weight_decay": lambda n: cosine(
        n, type="CosineAnnealingParamScheduler", param_name="weight_decay", eta_min=1e-6
    ),
    "none": lambda n: None,
}


class TwoOptimizers(TinyModel):
    """Trains its layers by optimizers of their own."""

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, torch.Tensor]:
        data = self.data_preprocessor(data, True)
        losses = {}
        for name in list(optim_wrapper.keys()):
            loss = self(**data, mode="loss")["loss"]
            optim_wrapper[name].update_params(loss)
            losses[f"loss_{name}"] = loss
        return losses


def two_optimizers(**classes: Any) -> dict[str, Any]:
    model = TwoOptimizers()
    layers: dict[str, nn.Module] = {"norm": model.norm, "linear": model.linear}
    wrappers = {
        name: OptimWrapper(cls(layers[name].parameters(), lr=0.1)) for name, cls in classes.items()
    }
    return {"model": model, "optim_wrapper": OptimWrapperDict(**wrappers)}
