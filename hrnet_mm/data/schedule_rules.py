"""Rules about parameter schedulers and the length of training."""

from collections.abc import Iterator, Mapping
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import each, type_name
from hrnet_mm.data.run_config import RunConfig

_ENDLESS = 1_000_000_000  # mmengine's INF, the end of a scheduler that has none
# Schedulers that change the rate up to their end. The others take steps, or wait for a metric.
_REACHES_ITS_END = ("LinearLR", "ConstantLR", "PolyLR", "CosineAnnealingLR")


def schedules(run: RunConfig) -> Iterator[Finding]:
    """A scheduler begins before it ends, and does something while training lasts."""
    if "train" not in run.splits:
        return
    train_cfg = run.cfg.get("train_cfg") or {}
    counts_epochs = _counts_epochs(train_cfg)
    option = "max_epochs" if counts_epochs else "max_iters"
    length = train_cfg.get(option)
    for key, schedule in _schedulers(run.cfg.get("param_scheduler")):
        shown = f"{key} ({type_name(schedule)})"
        by_epoch = schedule.get("by_epoch", True)
        if by_epoch and not counts_epochs and not schedule.get("convert_to_iter_based"):
            yield Finding(
                text=f"{shown} counts epochs, but train_cfg counts iterations, so that it never "
                f"changes anything: set {key}.by_epoch=False and give iterations",
                is_error=False,
            )
        # Of epochs, how many iterations they have is known once the data are read.
        known = length if by_epoch == counts_epochs else None
        yield from _begin_and_end(schedule, shown=shown, length=known, option=option)
        if isinstance(known, int):
            yield from _cut_short(schedule, key=key, shown=shown, length=known, option=option)


def _counts_epochs(train_cfg: Mapping[str, Any]) -> bool:
    return bool(train_cfg.get("by_epoch")) or type_name(train_cfg) == "EpochBasedTrainLoop"


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


def _cut_short(
    schedule: Mapping[str, Any], *, key: str, shown: str, length: int, option: str
) -> Iterator[Finding]:
    milestones = schedule.get("milestones")
    begin = schedule.get("begin", 0)
    if milestones and begin + min(milestones) >= length:
        yield Finding(
            text=f"{shown} has milestones={list(milestones)}, but training ends at "
            f"train_cfg.{option}={length}: the rate never falls; give {key}.milestones below "
            f"{length}",
            is_error=False,
        )
        return
    if type_name(schedule) not in _REACHES_ITS_END:
        return
    name = "T_max" if schedule.get("T_max") else "end"
    last = begin + schedule["T_max"] if name == "T_max" else schedule.get("end", length)
    if length < last < _ENDLESS:
        yield Finding(
            text=f"{shown} has {name}={schedule[name]}, but training ends at train_cfg.{option}="
            f"{length}, before the schedule does: set {key}.{name}="
            f"{length - begin if name == 'T_max' else length} for all of it",
            is_error=False,
        )


RULES = (schedules,)
