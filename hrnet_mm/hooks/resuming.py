"""Which values of a changed config a resumed training uses, and which of its checkpoint."""

import math
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import IterBasedTrainLoop, Runner, find_latest_checkpoint

from hrnet_mm.errors import UserError
from hrnet_mm.registry import HOOKS, register

# Keys in a scheduler's state that are its progress; the others are settings.
_PROGRESS = {"last_step", "_global_step", "_last_value", "base_values"}
_PROGRESS |= {"best", "num_bad_epochs", "cooldown_counter"}
_PREFIXES = ("initial_", "max_", "min_")  # of values that schedulers store in parameter groups


@register(HOOKS)
class ResumeHook(Hook):
    """Log or refuse what differs between the config and the checkpoint of a resumed training.

    mmengine silently loads the states of the optimizer and the schedulers over the config's values.

    * The checkpoint's values are used, also those of the schedule. Each that differs from the
      config's is logged, with how to start anew from the weights.
    * A longer training uses the config's schedule: ``max_epochs`` (or ``max_iters``) is larger than
      in the run that wrote the checkpoint. All that schedulers set, such as the learning rate, is
      then bit for bit that of an uninterrupted run: the schedule is replayed from its start. The
      same if the checkpoint has no schedule, as the best ones. If a scheduler follows a metric
      (ReduceOnPlateau), its history is only in the checkpoint: all schedulers continue from there,
      with the config's settings.
    * Another optimizer, other parameter groups and, where the checkpoint's schedule holds, other
      schedulers are refused.

    Raises:
        UserError: The checkpoint cannot be resumed with this config; the message has both sides.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save the optimizers' class names, since the state of Adam looks like AdamW's."""
        checkpoint["meta"]["optimizers"] = {
            name: type(wrapper.optimizer).__name__ for name, wrapper in _wrappers(runner).items()
        }

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare, before the runner loads the states."""
        if not runner._resume or not isinstance(runner.optim_wrapper, OptimWrapper):
            return  # only the weights are loaded
        path = runner._load_from or find_latest_checkpoint(runner.work_dir)
        anew = (
            "to start anew from its weights, train without --resume and with --cfg-options "
            f"load_from={path} resume=False"
        )
        if not {"meta", "message_hub"} <= checkpoint.keys():
            raise UserError(
                f"cannot resume {path}: it has weights, but no state of a training; {anew}"
            )
        try:
            overridden = _reconcile(runner, checkpoint, path=path)
        except UserError as error:
            raise UserError(f"cannot resume {path}: {error}; make both alike; {anew}") from None
        for line in overridden:
            runner.logger.warning(f"resuming {path}: {line}")
        if overridden:
            runner.logger.warning(f"resuming {path}: {anew}")


@dataclass(frozen=True, kw_only=True)
class _OptimizerPart:
    """An optimizer and its schedulers, as built from the config and as saved.

    Attributes:
        name: Its name among several optimizers; "" for a single one.
        wrapper: The OptimWrapper of the config.
        schedulers: The schedulers of the config.
        saved_class: The class of the saved optimizer; None if unknown.
        saved: The state of the saved optimizer; None if there is none.
        saved_schedulers: The states of the saved schedulers.
    """

    name: str
    wrapper: Any
    schedulers: Sequence[Any]
    saved_class: str | None
    saved: dict[str, Any] | None
    saved_schedulers: Sequence[dict[str, Any]]

    def key(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name

    def groups(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield each parameter group of the config with the saved one."""
        if self.saved is not None:
            yield from zip(
                self.wrapper.optimizer.param_groups, self.saved["param_groups"], strict=True
            )
            if "base_param_settings" in self.saved:
                yield self.wrapper.base_param_settings, self.saved["base_param_settings"]


def _reconcile(runner: Runner, checkpoint: dict, *, path: str | None) -> list[str]:
    """Put values of the config into the checkpoint; return which it overrides instead."""
    parts = _match_optimizers(runner, checkpoint)
    for part in parts:
        _check_optimizer(part)
    has_schedule = "param_schedulers" in checkpoint
    is_longer = _is_longer(runner, checkpoint)
    follows_metric = any(
        getattr(each, "need_val_args", False) for part in parts for each in part.schedulers
    )
    overridden = []
    if has_schedule and (not is_longer or follows_metric):
        for part in parts:
            _check_schedulers(part)
            if is_longer:
                for scheduler, state in zip(part.schedulers, part.saved_schedulers, strict=True):
                    fresh = scheduler.state_dict()
                    state |= {name: fresh[name] for name in fresh.keys() - _PROGRESS}
            overridden += _overridden_in_schedulers(part)
    elif has_schedule or runner.param_schedulers is not None:
        _replay_schedule(runner, checkpoint, parts)
        why = "the training is longer now" if has_schedule else "it has none"
        runner.logger.warning(f"resuming {path}: the schedule is the config's, for {why}")
    for part in parts:
        overridden += _overridden_in_optimizer(part)
    return overridden


def _wrappers(runner: Runner) -> dict[str, Any]:
    wrapper = runner.optim_wrapper
    return dict(wrapper.items()) if isinstance(wrapper, OptimWrapperDict) else {"": wrapper}


def _match_optimizers(runner: Runner, checkpoint: dict) -> list[_OptimizerPart]:
    wrappers = _wrappers(runner)
    saved = checkpoint.get("optimizer")
    if saved is not None:
        saved = {"": saved} if "param_groups" in saved else saved
        if saved.keys() != wrappers.keys():
            has, asks = (", ".join(names) or "one without a name" for names in (saved, wrappers))
            raise UserError(f"its optimizers are {has}; the config's, {asks}")
    schedulers, saved_schedulers = runner.param_schedulers, checkpoint.get("param_schedulers")
    return [
        _OptimizerPart(
            name=name,
            wrapper=wrapper,
            schedulers=_schedulers_of(name, schedulers),
            saved_class=checkpoint["meta"].get("optimizers", {}).get(name),
            saved=saved and saved[name],
            saved_schedulers=_schedulers_of(name, saved_schedulers),
        )
        for name, wrapper in wrappers.items()
    ]


def _schedulers_of(name: str, schedulers: Any) -> Sequence[Any]:
    return (schedulers.get(name) if isinstance(schedulers, dict) else schedulers) or []


def _check_optimizer(part: _OptimizerPart) -> None:
    if part.saved is None:
        return
    optimizer = part.wrapper.optimizer
    given, key = type(optimizer).__name__, part.key("optimizer")
    fresh, saved = optimizer.param_groups, part.saved["param_groups"]
    if part.saved_class not in (None, given):
        raise UserError(f"its {key} is {part.saved_class}; the config's, {given}")
    # Between versions of PyTorch, only one side has additional arguments.
    missing = optimizer.defaults.keys() - saved[0].keys()
    unknown = {name for name in saved[0] if not name.startswith(_PREFIXES)} - fresh[0].keys()
    if missing and unknown:
        has, asks = (", ".join(sorted(names)) for names in (unknown, missing))
        raise UserError(f"its {key} is one with {has}; the config's, {given} with {asks}")
    sizes, saved_sizes = ([len(group["params"]) for group in groups] for groups in (fresh, saved))
    if sizes != saved_sizes:
        raise UserError(
            f"its {key} has {_sizes(saved_sizes)}; the config's, {_sizes(sizes)} (what is "
            "frozen, paramwise_cfg and the model decide)"
        )


def _sizes(sizes: Sequence[int]) -> str:
    numbers = Counter(sizes)
    return f"{sum(sizes)} parameters in groups of " + ", ".join(
        f"{size} ({number} times)" if number > 1 else f"{size}" for size, number in numbers.items()
    )


def _check_schedulers(part: _OptimizerPart) -> None:
    fresh = [_settings(scheduler.state_dict()) for scheduler in part.schedulers]
    saved = [_settings(state) for state in part.saved_schedulers]
    if [settings.keys() for settings in fresh] != [settings.keys() for settings in saved]:
        has, asks = (
            " | ".join(f"{s['param_name']} by {', '.join(s)}" for s in side) or "none"
            for side in (saved, fresh)
        )
        key = part.key("param_scheduler")
        raise UserError(f"its {key} is {has}; the config's, {asks}")


def _settings(state: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a scheduler, in a form that can be compared."""
    names = sorted(state.keys() - _PROGRESS - {"total_iters", "verbose"})
    return {name: _comparable(state[name]) for name in names}


def _comparable(value: Any) -> Any:
    if isinstance(value, Counter):  # of milestones
        return sorted(value.elements())
    if callable(value):  # the annealing of OneCycleLR
        return value.__name__
    return list(value) if isinstance(value, tuple) else value


def _overridden_in_schedulers(part: _OptimizerPart) -> Iterator[str]:
    pairs = zip(part.schedulers, part.saved_schedulers, strict=True)
    for i, (scheduler, state) in enumerate(pairs):
        saved = _settings(state)
        for name, value in _settings(scheduler.state_dict()).items():
            if value != saved[name]:
                key = part.key(f"param_scheduler.{i} ({type(scheduler).__name__})")
                yield f"{name} of {key} is the checkpoint's {saved[name]}, not the config's {value}"


def _overridden_in_optimizer(part: _OptimizerPart) -> Iterator[str]:
    momenta = any(getattr(scheduler, "use_betas", False) for scheduler in part.schedulers)
    groups = list(part.groups())
    differing: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for fresh, saved in groups:
        for name in [name for name in fresh if name in saved and name != "params"]:
            value, kept = _comparable(fresh[name]), _comparable(saved[name])
            follows_schedule = f"initial_{name}" in fresh or (name == "betas" and momenta)
            if value != kept and not follows_schedule:
                differing[name.removeprefix("initial_")].append((value, kept))
    for name, pairs in differing.items():
        value, kept = pairs[0]
        where = f" ({len(pairs)} of {len(groups)} parameter groups)" if len(groups) > 1 else ""
        key = part.key(f"optimizer.{name}")
        yield f"{key} is the checkpoint's {kept}, not the config's {value}{where}"


def _is_longer(runner: Runner, checkpoint: dict) -> bool:
    hub = checkpoint["message_hub"]
    then = hub["runtime_info"] if isinstance(hub, dict) else {}  # an object in old checkpoints
    limit = "max_iters" if isinstance(runner.train_loop, IterBasedTrainLoop) else "max_epochs"
    return getattr(runner.train_loop, limit) > then.get(limit, math.inf)


def _replay_schedule(runner: Runner, checkpoint: dict, parts: Sequence[_OptimizerPart]) -> None:
    """Step the config's schedulers up to the checkpoint, and put their state into it."""
    meta, epoch_length = checkpoint["meta"], len(runner.train_dataloader)
    epochs = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the optimizer has not stepped
        for iteration in range(1, meta["iter"] + 1):
            _step(parts, by_epoch=False)
            if iteration % epoch_length == 0 and epochs < meta["epoch"]:
                _step(parts, by_epoch=True)
                epochs += 1
        for _ in range(epochs, meta["epoch"]):  # epochs were shorter in the saved run
            _step(parts, by_epoch=True)
    states = {part.name: [each.state_dict() for each in part.schedulers] for part in parts}
    checkpoint["param_schedulers"] = states.get("", states)
    for part in parts:
        for fresh, saved in part.groups():
            scheduled = _scheduled(part, saved)
            keys = {f"{prefix}{name}" for name in scheduled for prefix in ("", *_PREFIXES)}
            saved |= {key: value for key, value in fresh.items() if key in keys}


def _step(parts: Sequence[_OptimizerPart], *, by_epoch: bool) -> None:
    for part in parts:
        for scheduler in part.schedulers:
            if scheduler.by_epoch == by_epoch:
                scheduler.step()


def _scheduled(part: _OptimizerPart, saved: dict[str, Any]) -> set[str]:
    """Return the values that schedulers set, in this run or in the saved one."""
    names = {scheduler.param_name for scheduler in part.schedulers}
    names |= {key.removeprefix("initial_") for key in saved if key.startswith("initial_")}
    return names | ({"betas"} if "momentum" in names else set())
