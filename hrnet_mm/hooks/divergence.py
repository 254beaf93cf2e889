"""Stops a training whose loss is not a number any more, before it costs a checkpoint or a night."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner, find_latest_checkpoint

from hrnet_mm.errors import UserError
from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class DivergenceHook(Hook):
    """Stop after iterations in a row whose loss is NaN or infinite; keep the last good checkpoint.

    The loss is the sum that is trained on, ``loss`` in what the model's ``train_step`` returns; for
    a model with several optimizers and no such sum, each of its losses. One finite loss ends the
    row. So does a step that the loss scaler of AMP skips, that is, in which it lowers its scale:
    the gradients are thrown away and the weights stay as they were. Below a scale of 1 this holds
    no longer, for then no scale helps; with a fixed scale it never does.

    Weights that are not finite are never saved: training stops where a checkpoint is due, or a
    validation after such a loss. If the weights are finite but the last loss is not, the checkpoint
    that is due is left out, and the older ones stay. A training that ends in such a row has failed.

    Each process counts its own losses. The launcher ends the others with the first that stops;
    gradients are shared, so at the next iteration they would have met the same.

    Args:
        patience: How many iterations in a row.

    Raises:
        UserError: Training stops; the message has the losses, where it began, what to try, and the
            last good checkpoint.
    """

    priority = "LOW"  # after EMAHook has put its weights into a checkpoint, before CheckpointHook

    def __init__(self, *, patience: int = 20) -> None:
        if patience < 1:
            raise UserError(f"DivergenceHook: patience={patience}; give at least 1")
        self.patience = patience
        self._iteration = 0
        self._row = 0
        self._began: int | None = None
        self._bad: dict[str, float] = {}
        self._scales: dict[str, float] = {}
        self._constants: set[str] = set()
        self._last_good: str | None = None

    def before_train(self, runner: Runner) -> None:
        """Guard the checkpoints, and note what may be infinite, as a mask that is a buffer."""
        self._row, self._began = 0, None
        self._scales = _loss_scales(runner)
        self._constants = set(_not_finite(_weights(runner)))
        self._last_good = None
        if runner._resume:
            self._last_good = runner._load_from or find_latest_checkpoint(runner.work_dir)
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook):
                for method in ("_save_checkpoint", "_save_best_checkpoint"):
                    setattr(hook, method, partial(self._save, getattr(hook, method)))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | tuple | list | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Count."""
        self._iteration = runner.iter + 1
        losses = _losses(runner, outputs or {})
        trained_on = [losses["loss"]] if "loss" in losses else losses.values()
        scales, self._scales = self._scales, _loss_scales(runner)
        if all(map(math.isfinite, trained_on)):
            self._row, self._began = 0, None
            return
        self._bad = {name: loss for name, loss in losses.items() if not math.isfinite(loss)}
        if self._began is None:
            self._began = self._iteration
        if any(1 <= self._scales[name] < scale for name, scale in scales.items()):
            self._row = 0
            return
        self._row += 1
        if self._row >= self.patience:
            raise self._error(runner, f"the loss was not finite {self._row} iterations in a row")

    def before_val(self, runner: Runner) -> None:
        """Stop before evaluators meet predictions that are not finite."""
        if self._row:
            self._check_weights(runner, _weights(runner))

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Stop before weights that are not finite are written."""
        averaged = checkpoint.get("ema_state_dict", {})
        self._check_weights(runner, checkpoint.get("state_dict", {}))
        self._check_weights(runner, {k.removeprefix("module."): v for k, v in averaged.items()})

    def after_train(self, runner: Runner) -> None:
        """Let no training end well whose last losses are not finite."""
        if self._row:
            raise self._error(runner, "the loss was not finite when the training ended")

    def _save(self, save: Callable[..., None], runner: Runner, *metrics: Any) -> None:
        if self._row:
            self._check_weights(runner, _weights(runner))
            runner.logger.warning("The loss is not finite: no checkpoint is written this time.")
            return
        save(runner, *metrics)
        hub = runner.message_hub
        self._last_good = hub.get_info("last_ckpt") or hub.get_info("best_ckpt") or self._last_good

    def _check_weights(self, runner: Runner, weights: Mapping[str, Any]) -> None:
        broken = sorted(set(_not_finite(weights)) - self._constants)
        if broken:
            raise self._error(
                runner, f"{len(broken)} of the model's tensors are not finite, {broken[0]} first"
            )

    def _error(self, runner: Runner, what: str) -> UserError:
        where = f"iteration {self._iteration}"
        if runner.world_size > 1:
            where += f" of process {runner.rank}"
        if self._began is not None:
            losses = ", ".join(f"{name}={loss}" for name, loss in self._bad.items())
            what += f" (since iteration {self._began}: {losses})"
        wrapper: Any = runner.optim_wrapper
        rates = ", ".join(f"{name}={rate[0]:g}" for name, rate in wrapper.get_lr().items())
        half = ", bfloat16 for float16 (optim_wrapper.dtype='bfloat16')" if self._scales else ""
        kept = (
            f"the last good checkpoint is {self._last_good}"
            if self._last_good
            else "there is no earlier checkpoint of this training"
        )
        return UserError(
            f"training has diverged at {where}: {what}; try a lower learning rate (now {rates}), a "
            f"longer warm-up, optim_wrapper.clip_grad=dict(max_norm=...){half}, and look for boxes "
            f"and labels that are out of range; {kept}"
        )


def _losses(runner: Runner, outputs: Mapping[str, Any]) -> dict[str, float]:
    """Return what RuntimeInfoHook has fetched from the device already."""
    return {
        name: float(runner.message_hub.get_scalar(f"train/{name}").current())
        for name in outputs
        if "loss" in name
    }


def _loss_scales(runner: Runner) -> dict[str, float]:
    """Return the scale of each optimizer with AMP; the device is idle, so that it costs no wait."""
    wrapper: Any = runner.optim_wrapper
    assert isinstance(wrapper, OptimWrapper), wrapper
    wrappers = wrapper.items() if isinstance(wrapper, OptimWrapperDict) else [("", wrapper)]
    scalers = {name: getattr(each, "loss_scaler", None) for name, each in wrappers}
    return {
        name: scaler.get_scale()
        for name, scaler in scalers.items()
        if scaler is not None and scaler.is_enabled()
    }


def _weights(runner: Runner) -> dict[str, Any]:
    model: Any = runner.model
    return (model.module if is_model_wrapper(model) else model).state_dict()


def _not_finite(weights: Mapping[str, Any]) -> Iterator[str]:
    names = [
        name
        for name, weight in weights.items()
        if isinstance(weight, torch.Tensor) and weight.is_floating_point()
    ]
    if names:
        finite = torch.stack([weights[name].isfinite().all() for name in names])
        yield from (name for name, good in zip(names, finite.tolist(), strict=True) if not good)
