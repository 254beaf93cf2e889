"""What a resumed training takes from its checkpoint, and what from a config that has changed."""

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

# Of a scheduler: where it is and what it has seen, and what follows from its settings.
_PROGRESS = {"last_step", "_global_step", "_last_value", "base_values"}
_PROGRESS |= {"best", "num_bad_epochs", "cooldown_counter"}
_DERIVED = {"total_iters"}
_NOTES = ("initial_", "max_", "min_")  # what schedulers note of a value in its parameter group


@register(HOOKS)
class ResumeHook(Hook):
    """Make plain which values of a changed config a resumed training follows.

    mmengine loads the states of the optimizer and the schedulers over whatever the config says.

    * The checkpoint's values hold, those of the schedule too. Each that the config has otherwise is
      logged, with how to start anew from the weights.
    * A longer training follows the config's schedule: ``max_epochs`` (``max_iters`` of a loop by
      iterations) is larger than that of the run that wrote the checkpoint. All that schedulers set,
      from the initial learning rate on, is then what an uninterrupted run of the config would have
      here and later, bit for bit: the schedule is gone through from its start. The same if the
      checkpoint has no schedule, as the best ones. If a scheduler follows a metric
      (ReduceOnPlateau), what it has seen stands in the checkpoint alone: all schedulers go on from
      there, with the config's settings.
    * Another optimizer, other parameter groups and, where the checkpoint's schedule holds, other
      schedulers are refused.

    Raises:
        UserError: The checkpoint cannot be resumed with this config; the message has both sides.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Note the optimizers, for the state of Adam looks like AdamW's."""
        checkpoint["meta"]["optimizers"] = {
            name: type(wrapper.optimizer).__name__ for name, wrapper in _wrappers(runner).items()
        }

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare, before the runner loads the states."""
        if not runner._resume or not isinstance(runner.optim_wrapper, OptimWrapper):
            return  # the weights alone are loaded
        # mmengine would run this text, of files before 1.0, to compare the numbers of GPUs.
        checkpoint["meta"].pop("config", None)
        path = _path(runner)
        anew = (
            "to start anew from its weights, train without --resume and with --cfg-options "
            f"load_from={path} resume=False"
        )
        try:
            overridden = _reconcile(runner, checkpoint)
        except _CannotResumeError as error:
            raise UserError(f"cannot resume {path}: {error}; make both alike; {anew}") from None
        for line in overridden:
            runner.logger.warning(f"resuming {path}: {line}")
        if overridden:
            runner.logger.warning(f"resuming {path}: {anew}")


def _path(runner: Runner) -> str | None:
    return runner._load_from or find_latest_checkpoint(runner.work_dir)


class _CannotResumeError(Exception):
    """Has what the checkpoint has and what the config has."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """An optimizer and its schedulers, as the config has built them and as they were saved.

    Attributes:
        name: Of several optimizers; "" for the only one.
        wrapper: The fresh optimizer.
        schedulers: The fresh ones.
        saved_class: None if the checkpoint does not say.
        saved: The optimizer's state; None if the checkpoint has none.
        saved_schedulers: Their states.
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
        """Yield the fresh parameter groups with the saved ones; mmengine's base group is last."""
        if self.saved is not None:
            yield from zip(
                self.wrapper.optimizer.param_groups, self.saved["param_groups"], strict=True
            )
            if "base_param_settings" in self.saved:
                yield self.wrapper.base_param_settings, self.saved["base_param_settings"]


def _reconcile(runner: Runner, checkpoint: dict) -> list[str]:
    """Change what is loaded next where the config holds; return what the checkpoint overrides."""
    parts = _pair(runner, checkpoint)
    for part in parts:
        _check_optimizer(part)
    has_schedule = "param_schedulers" in checkpoint
    is_longer = _is_longer(runner, checkpoint)
    overridden = []
    if has_schedule and (not is_longer or _follows_metric(parts)):
        for part in parts:
            _check_schedulers(part)
            if is_longer:
                _take_settings(part)
            overridden += _overridden_in_schedulers(part)
    elif has_schedule or runner.param_schedulers is not None:
        _go_through_schedule(runner, checkpoint, parts)
        why = "the training is longer now" if has_schedule else "it has none"
        runner.logger.warning(f"resuming {_path(runner)}: the schedule is the config's, for {why}")
    for part in parts:
        overridden += _overridden_in_optimizer(part)
    return overridden


def _wrappers(runner: Runner) -> dict[str, Any]:
    wrapper = runner.optim_wrapper
    return dict(wrapper.items()) if isinstance(wrapper, OptimWrapperDict) else {"": wrapper}


def _pair(runner: Runner, checkpoint: dict) -> list[_Part]:
    wrappers = _wrappers(runner)
    saved = checkpoint.get("optimizer")
    if saved is not None:
        saved = {"": saved} if "param_groups" in saved else saved
        if saved.keys() != wrappers.keys():
            has, asks = (", ".join(names) or "one without a name" for names in (saved, wrappers))
            raise _CannotResumeError(f"its optimizers are {has}; the config's, {asks}")
    schedulers, saved_schedulers = runner.param_schedulers, checkpoint.get("param_schedulers")
    return [
        _Part(
            name=name,
            wrapper=wrapper,
            schedulers=_of(name, schedulers),
            saved_class=checkpoint["meta"].get("optimizers", {}).get(name),
            saved=saved and saved[name],
            saved_schedulers=_of(name, saved_schedulers),
        )
        for name, wrapper in wrappers.items()
    ]


def _of(name: str, schedulers: Any) -> Sequence[Any]:
    return (schedulers.get(name) if isinstance(schedulers, dict) else schedulers) or []


# What cannot be resumed


def _check_optimizer(part: _Part) -> None:
    if part.saved is None:
        return
    optimizer = part.wrapper.optimizer
    given, key = type(optimizer).__name__, part.key("optimizer")
    fresh, saved = optimizer.param_groups, part.saved["param_groups"]
    if part.saved_class not in (None, given):
        raise _CannotResumeError(f"its {key} is {part.saved_class}; the config's, {given}")
    # Versions of PyTorch differ by arguments on one side alone.
    lacks = optimizer.defaults.keys() - saved[0].keys()
    strange = {name for name in saved[0] if not name.startswith(_NOTES)} - fresh[0].keys()
    if lacks and strange:
        has, asks = (", ".join(sorted(names)) for names in (strange, lacks))
        raise _CannotResumeError(f"its {key} is one with {has}; the config's, {given} with {asks}")
    sizes, saved_sizes = ([len(group["params"]) for group in groups] for groups in (fresh, saved))
    if sizes != saved_sizes:
        raise _CannotResumeError(
            f"its {key} has {_counted(saved_sizes)}; the config's, {_counted(sizes)} (what is "
            "frozen, paramwise_cfg and the model decide)"
        )


def _counted(sizes: Sequence[int]) -> str:
    numbers = Counter(sizes)
    return f"{sum(sizes)} parameters in groups of " + ", ".join(
        f"{size} ({number} times)" if number > 1 else f"{size}" for size, number in numbers.items()
    )


def _check_schedulers(part: _Part) -> None:
    fresh = [_settings(scheduler.state_dict()) for scheduler in part.schedulers]
    saved = [_settings(state) for state in part.saved_schedulers]
    if [settings.keys() for settings in fresh] != [settings.keys() for settings in saved]:
        has, asks = (
            " | ".join(f"{s['param_name']} by {', '.join(s)}" for s in side) or "none"
            for side in (saved, fresh)
        )
        key = part.key("param_scheduler")
        raise _CannotResumeError(f"its {key} is {has}; the config's, {asks}")


def _settings(state: dict[str, Any]) -> dict[str, Any]:
    """Return what the config gives to a scheduler, comparable."""
    names = sorted(state.keys() - _PROGRESS - _DERIVED - {"verbose"})
    return {name: _plain(state[name]) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Counter):  # of milestones
        return sorted(value.elements())
    if callable(value):  # how OneCycle anneals
        return value.__name__
    return list(value) if isinstance(value, tuple) else value


# What the checkpoint overrides


def _overridden_in_schedulers(part: _Part) -> Iterator[str]:
    pairs = zip(part.schedulers, part.saved_schedulers, strict=True)
    for i, (scheduler, state) in enumerate(pairs):
        saved = _settings(state)
        for name, value in _settings(scheduler.state_dict()).items():
            if value != saved[name]:
                key = part.key(f"param_scheduler.{i} ({type(scheduler).__name__})")
                yield f"{name} of {key} is the checkpoint's {saved[name]}, not the config's {value}"


def _overridden_in_optimizer(part: _Part) -> Iterator[str]:
    momenta = any(getattr(scheduler, "use_betas", False) for scheduler in part.schedulers)
    groups = list(part.groups())
    differing: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for fresh, saved in groups:
        for name in [name for name in fresh if name in saved and name != "params"]:
            value, kept = _plain(fresh[name]), _plain(saved[name])
            follows_schedule = f"initial_{name}" in fresh or (name == "betas" and momenta)
            if value != kept and not follows_schedule:
                differing[name.removeprefix("initial_")].append((value, kept))
    for name, pairs in differing.items():
        value, kept = pairs[0]
        where = f" ({len(pairs)} of {len(groups)} parameter groups)" if len(groups) > 1 else ""
        key = part.key(f"optimizer.{name}")
        yield f"{key} is the checkpoint's {kept}, not the config's {value}{where}"


# What follows the config


def _is_longer(runner: Runner, checkpoint: dict) -> bool:
    hub = checkpoint["message_hub"]
    then = hub["runtime_info"] if isinstance(hub, dict) else {}  # an object in old checkpoints
    limit = "max_iters" if isinstance(runner.train_loop, IterBasedTrainLoop) else "max_epochs"
    return getattr(runner.train_loop, limit) > then.get(limit, math.inf)


def _follows_metric(parts: Sequence[_Part]) -> bool:
    schedulers = [scheduler for part in parts for scheduler in part.schedulers]
    return any(getattr(scheduler, "need_val_args", False) for scheduler in schedulers)


def _take_settings(part: _Part) -> None:
    for scheduler, saved in zip(part.schedulers, part.saved_schedulers, strict=True):
        fresh = scheduler.state_dict()
        saved |= {name: value for name, value in fresh.items() if name not in _PROGRESS}


def _go_through_schedule(runner: Runner, checkpoint: dict, parts: Sequence[_Part]) -> None:
    """Step the fresh schedulers as a run until here does; make what is loaded next agree."""
    meta, epoch_length = checkpoint["meta"], len(runner.train_dataloader)
    epochs = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that no optimizer has stepped
        for iteration in range(1, meta["iter"] + 1):
            _step(parts, by_epoch=False)
            if iteration % epoch_length == 0 and epochs < meta["epoch"]:
                _step(parts, by_epoch=True)
                epochs += 1
        for _ in range(epochs, meta["epoch"]):  # they were shorter then
            _step(parts, by_epoch=True)
    states = {part.name: [each.state_dict() for each in part.schedulers] for part in parts}
    checkpoint["param_schedulers"] = states.get("", states)
    for part in parts:
        for fresh, saved in part.groups():
            for name in _scheduled(part, saved):
                saved |= {key: value for key, value in fresh.items() if key in _noted(name)}


def _step(parts: Sequence[_Part], *, by_epoch: bool) -> None:
    for part in parts:
        for scheduler in part.schedulers:
            if scheduler.by_epoch == by_epoch:
                scheduler.step()


def _scheduled(part: _Part, saved: dict[str, Any]) -> set[str]:
    """Name what a scheduler sets now or did so in the run that wrote the checkpoint."""
    names = {scheduler.param_name for scheduler in part.schedulers}
    names |= {key.removeprefix("initial_") for key in saved if key.startswith("initial_")}
    return names | ({"betas"} if "momentum" in names else set())


def _noted(name: str) -> set[str]:
    return {name, *(f"{note}{name}" for note in _NOTES)}
