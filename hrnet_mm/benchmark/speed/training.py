"""Steps of training: with the toolbox's own HRNet, and with ours."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from hrnet_mm.benchmark.speed.batches import training_batch
from hrnet_mm.benchmark.speed.rows import Call, Row, Runtime
from hrnet_mm.benchmark.speed.subject import Subject, our_model, stock_model
from hrnet_mm.hooks.compiling import check_compiler

# Small, so that weights stay what they are: here is no schedule that warms up.
_LEARNING_RATE = 1e-8


def prepare_step(row: Row, subject: Subject, *, build: Callable[[Subject], Any]) -> Call:
    """Train a step: losses, gradients, and the config's optimizer; returns the loss."""
    cfg = subject.cfg()
    model = build(subject).train()
    wrapper = build_optim_wrapper(model, _optim_wrapper(cfg, precision=row.precision))
    for group in wrapper.optimizer.param_groups:
        group["lr"] = _LEARNING_RATE
    batch = training_batch(cfg, size=subject.size, number=subject.batch)

    def run() -> Sequence[Any]:
        torch.manual_seed(0)  # of dropout, and of the boxes that detectors sample
        return [model.train_step(batch, wrapper)["loss"]]

    return run


def _optim_wrapper(cfg: Config, *, precision: str) -> Any:
    wrapper = cfg.optim_wrapper
    if precision != "fp32":
        wrapper.type = "AmpOptimWrapper"
        wrapper.dtype = {"bf16": "bfloat16", "fp16": "float16"}[precision]
        wrapper.loss_scale = 1.0 if precision == "bf16" else "dynamic"
    return wrapper


def _ours(subject: Subject, *, with_cp: bool = False, compiles: bool = False) -> Any:
    cfg = subject.cfg()
    cfg.model.backbone.with_cp = with_cp or cfg.model.backbone.get("with_cp", False)
    model = our_model(subject, memory_format="auto", cfg=cfg)
    if compiles:
        from hrnet_mm.models.compiled import compile_modules  # imports dynamo, for seconds

        check_compiler(subject.device)
        compile_modules(model)
    return model


_step = partial(Runtime, on_cpu=("fp32", "bf16"), on_cuda=("fp32", "bf16", "fp16"))

STEPS: dict[str, Runtime] = {
    "stock": _step(
        prepare=partial(prepare_step, build=stock_model),
        about="the toolbox's own HRNet",
    ),
    "ours": _step(
        prepare=partial(prepare_step, build=_ours),
        about="HRNetBackbone, as --memory-format auto sets it",
    ),
    "with_cp": _step(
        prepare=partial(prepare_step, build=partial(_ours, with_cp=True)),
        about="the same with activation checkpointing in the backbone",
    ),
    "compiled": _step(
        prepare=partial(prepare_step, build=partial(_ours, compiles=True)),
        about="the same with the HRNet's modules compiled, as by train.py --compile",
        compiles=True,
    ),
}
