"""Rules about parameter schedulers and the length of training."""

from collections.abc import Iterator, Mapping
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import each, type_name
from hrnet_mm.data.run_config import RunConfig

_INFINITE = 1_000_000_000  # mmengine's INF, the end of a scheduler that has none
# Schedulers that change the learning rate until their end; others use milestones or a metric.
_CHANGE_UNTIL_END = ("LinearLR", "ConstantLR", "PolyLR", "CosineAnnealingLR")


def train_loop(run: RunConfig) -> Iterator[Finding]:
    """Training has a length, in epochs or iterations as ``by_epoch`` says."""
    train_cfg = run.cfg.get("train_cfg") or {}
    if "train" not in run.splits or not train_cfg or "type" in train_cfg:
        return
    by_epoch = train_cfg.get("by_epoch")  # mmengine counts iterations without it
    needed, other = ("max_epochs", "max_iters") if by_epoch else ("max_iters", "max_epochs")
    if train_cfg.get(needed) is None or other in train_cfg:
        given = f"{other}={train_cfg[other]}" if other in train_cfg else f"no {needed}"
        yield Finding(
            text=f"train_cfg has by_epoch={by_epoch} and {given}: set by_epoch=True and "
            "max_epochs, or by_epoch=False and max_iters"
        )


def schedules(run: RunConfig) -> Iterator[Finding]:
    """A scheduler begins before it ends, and has an effect within the training."""
    train_cfg = run.cfg.get("train_cfg") or {}
    option = _length_option(train_cfg)
    if "train" not in run.splits or option is None:
        return
    for key, schedule in _schedulers(run.cfg.get("param_scheduler")):
        shown = f"{key} ({type_name(schedule)})"
        by_epoch = schedule.get("by_epoch", True)
        if by_epoch and option == "max_iters" and not schedule.get("convert_to_iter_based"):
            yield Finding(
                text=f"{shown} counts epochs, but train_cfg counts iterations, so that it never "
                f"changes anything: set {key}.by_epoch=False and give iterations",
                is_error=False,
            )
        # The length of an epoch in iterations is only known once the data are loaded.
        known = train_cfg.get(option) if by_epoch == (option == "max_epochs") else None
        faults = list(_begin_and_end(schedule, shown=shown, length=known, option=option))
        yield from faults
        if isinstance(known, int) and not faults:
            for rule in (_longer_than_training, _cycle_of_another_length):
                yield from rule(schedule, key=key, shown=shown, length=known, option=option)


def _length_option(train_cfg: Mapping[str, Any]) -> str | None:
    """Return the option with the length of training; None for a custom loop."""
    loop = type_name(train_cfg)
    if loop:
        return {"EpochBasedTrainLoop": "max_epochs", "IterBasedTrainLoop": "max_iters"}.get(loop)
    return "max_epochs" if train_cfg.get("by_epoch") else "max_iters"


def _schedulers(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield all schedulers; several optimizers may each have theirs."""
    if isinstance(node, Mapping) and "type" not in node:
        for name, child in node.items():
            yield from each(child, f"param_scheduler.{name}")
    else:
        yield from each(node, "param_scheduler")


def _begin_and_end(
    schedule: Mapping[str, Any], *, shown: str, length: int | None, option: str
) -> Iterator[Finding]:
    begin, end = schedule.get("begin", 0), schedule.get("end", length)
    if end is None or begin < end:
        return
    if "end" in schedule:
        yield Finding(text=f"{shown} has begin={begin} and end={end}: give an end after its begin")
    else:
        yield Finding(
            text=f"{shown} has begin={begin}, but training ends at train_cfg.{option}={length}: "
            f"take this scheduler out, or set {option} above {begin}"
        )


def _longer_than_training(
    schedule: Mapping[str, Any], *, key: str, shown: str, length: int, option: str
) -> Iterator[Finding]:
    """Find a schedule that is made for a longer training."""
    begin, end = schedule.get("begin", 0), schedule.get("end", length)
    training = f"training ends at train_cfg.{option}={length}"
    milestones = schedule.get("milestones")
    if length <= begin < end:
        text = f"{shown} has begin={begin}, but {training}: it never begins; take it out"
    elif milestones and begin + min(milestones) >= length:
        text = (
            f"{shown} has milestones={list(milestones)}, but {training}: the learning rate never "
            f"falls; give {key}.milestones below {length}"
        )
    elif type_name(schedule) in _CHANGE_UNTIL_END:
        name = "T_max" if schedule.get("T_max") else "end"
        last = schedule.get(name, length)
        if not length < last < _INFINITE:
            return
        fitting = length - begin if name == "T_max" else length
        text = (
            f"{shown} has {name}={last}, but {training}, before the schedule does: set "
            f"{key}.{name}={fitting} for all of it"
        )
    else:
        return
    yield Finding(text=text, is_error=False)


def _cycle_of_another_length(
    schedule: Mapping[str, Any], *, key: str, shown: str, length: int, option: str
) -> Iterator[Finding]:
    """Find a cycle that training leaves early, or that ends before it: mmengine stops there."""
    steps = schedule.get("total_steps", length)
    if type_name(schedule) == "OneCycleLR" and "end" not in schedule and steps != length:
        yield Finding(
            text=f"{shown} has total_steps={steps}, but training ends at train_cfg.{option}="
            f"{length}: set {key}.total_steps={length}",
            is_error=steps < length,
        )


RULES = (train_loop, schedules)
