"""Stops a training whose loss stays NaN or infinite, and keeps the last good checkpoint."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner, find_latest_checkpoint

from hrnet_mm.errors import UserError
from hrnet_mm.hooks.runner_utils import unwrapped_model
from hrnet_mm.registry import HOOKS, register


@register(HOOKS)
class DivergenceHook(Hook):
    """Stop after consecutive iterations whose loss is NaN or infinite.

    The loss is the sum that is minimized, ``loss`` in what the model's ``train_step`` returns; for
    a model with several optimizers and no such sum, each of its losses. A finite loss resets the
    count. So does a step that AMP's loss scaler skips, that is, in which it lowers its scale: the
    gradients are discarded and the weights stay as they were. Below a scale of 1 it does count,
    since a lower scale no longer helps; with a fixed scale it always counts.

    Weights that are not finite are never saved: training stops where a checkpoint is due, or a
    validation after such a loss. If the weights are finite but the last loss is not, the checkpoint
    that is due is skipped, and the older ones stay. A training whose last loss is not finite has
    failed.

    Each process counts its own losses. The launcher ends the others with the first that stops;
    gradients are shared, so they would fail at the next iteration.

    Args:
        patience: Number of consecutive iterations.

    Raises:
        UserError: Training stops; the message has the losses, the first such iteration, what to
            try, and the last good checkpoint.
    """

    priority = "LOW"  # after EMAHook has put its weights into a checkpoint, before CheckpointHook

    def __init__(self, *, patience: int = 20) -> None:
        if patience < 1:
            raise UserError(f"DivergenceHook: patience={patience}; give at least 1")
        self.patience = patience
        self._iteration = 0
        self._count = 0
        self._first_bad: int | None = None
        self._bad_losses: dict[str, float] = {}
        self._scales: dict[str, float] = {}
        self._never_finite: set[str] = set()
        self._last_good: str | None = None

    def before_train(self, runner: Runner) -> None:
        """Guard the checkpoints; find buffers that are infinite by design, such as masks."""
        self._count, self._first_bad = 0, None
        self._scales = _loss_scales(runner)
        self._never_finite = set(_names_not_finite(unwrapped_model(runner).state_dict()))
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
        """Count losses that are not finite."""
        self._iteration = runner.iter + 1
        losses = _losses(runner, outputs or {})
        trained_on = [losses["loss"]] if "loss" in losses else losses.values()
        scales, self._scales = self._scales, _loss_scales(runner)
        if all(map(math.isfinite, trained_on)):
            self._count, self._first_bad = 0, None
            return
        self._bad_losses = {name: loss for name, loss in losses.items() if not math.isfinite(loss)}
        if self._first_bad is None:
            self._first_bad = self._iteration
        if any(1 <= self._scales[name] < scale for name, scale in scales.items()):
            self._count = 0
            return
        self._count += 1
        if self._count >= self.patience:
            raise self._error(runner, f"the loss was not finite {self._count} iterations in a row")

    def before_val(self, runner: Runner) -> None:
        """Stop before evaluators meet predictions that are not finite."""
        if self._count:
            self._check_weights(runner, unwrapped_model(runner).state_dict())

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Stop before weights that are not finite are written."""
        averaged = checkpoint.get("ema_state_dict", {})
        self._check_weights(runner, checkpoint.get("state_dict", {}))
        self._check_weights(runner, {k.removeprefix("module."): v for k, v in averaged.items()})

    def after_train(self, runner: Runner) -> None:
        """Fail if the last loss is not finite."""
        if self._count:
            raise self._error(runner, "the loss was not finite when the training ended")

    def _save(self, save: Callable[..., None], runner: Runner, *metrics: Any) -> None:
        if self._count:
            self._check_weights(runner, unwrapped_model(runner).state_dict())
            runner.logger.warning("The loss is not finite: no checkpoint is written this time.")
            return
        save(runner, *metrics)
        hub = runner.message_hub
        self._last_good = hub.get_info("last_ckpt") or hub.get_info("best_ckpt") or self._last_good

    def _check_weights(self, runner: Runner, weights: Mapping[str, Any]) -> None:
        broken = sorted(set(_names_not_finite(weights)) - self._never_finite)
        if broken:
            raise self._error(
                runner, f"{len(broken)} of the model's tensors are not finite, {broken[0]} first"
            )

    def _error(self, runner: Runner, what: str) -> UserError:
        where = f"iteration {self._iteration}"
        if runner.world_size > 1:
            where += f" of process {runner.rank}"
        if self._first_bad is not None:
            losses = ", ".join(f"{name}={loss}" for name, loss in self._bad_losses.items())
            what += f" (since iteration {self._first_bad}: {losses})"
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
    """Return the losses that RuntimeInfoHook has already fetched from the device."""
    return {
        name: float(runner.message_hub.get_scalar(f"train/{name}").current())
        for name in outputs
        if "loss" in name
    }


def _loss_scales(runner: Runner) -> dict[str, float]:
    """Return the loss scale of each optimizer with AMP; the device is idle, so this is fast."""
    wrapper: Any = runner.optim_wrapper
    assert isinstance(wrapper, OptimWrapper), wrapper
    wrappers = wrapper.items() if isinstance(wrapper, OptimWrapperDict) else [("", wrapper)]
    scalers = {name: getattr(each, "loss_scaler", None) for name, each in wrappers}
    return {
        name: scaler.get_scale()
        for name, scaler in scalers.items()
        if scaler is not None and scaler.is_enabled()
    }


def _names_not_finite(weights: Mapping[str, Any]) -> Iterator[str]:
    names = [
        name
        for name, weight in weights.items()
        if isinstance(weight, torch.Tensor) and weight.is_floating_point()
    ]
    if names:
        finite = torch.stack([weights[name].isfinite().all() for name in names])
        yield from (name for name, good in zip(names, finite.tolist(), strict=True) if not good)
