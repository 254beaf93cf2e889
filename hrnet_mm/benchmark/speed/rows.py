"""The rows of the table: by what a model is run, and in which number format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hrnet_mm.benchmark.speed.subject import Subject
from hrnet_mm.errors import UserError
from hrnet_mm.launch.precision import cpu_has_bfloat16

PRECISIONS = ("fp32", "bf16", "fp16", "int8")

Call = Callable[[], Sequence[Any]]
"""Runs once, and returns the outputs: tensors or arrays."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table, which is measured.

    Attributes:
        runtime: A name in the table of runtimes.
        precision: One of `PRECISIONS`.
    """

    runtime: str
    precision: str


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What runs a model.

    Attributes:
        prepare: Loads a row's model and returns how it is run. Raises UserError, which says how to
            get what is missing, or why there is no such row.
        about: What it is, for the help.
        on_cpu: The precisions that it has on the CPU.
        on_cuda: The same on a GPU.
        features: Whether the backbone is run alone, so that its feature maps are the outputs.
        compiles: Whether a compiler runs, whose memory cannot be told from the model's.
        remark: What one should know when its numbers are read.
    """

    prepare: Callable[[Row, Subject], Call]
    about: str
    on_cpu: tuple[str, ...]
    on_cuda: tuple[str, ...] = ()
    features: bool = False
    compiles: bool = False
    remark: str = ""

    def precisions(self, device: str) -> tuple[str, ...]:
        """Return those of a device."""
        return self.on_cpu if device.partition(":")[0] == "cpu" else self.on_cuda


def choose_rows(
    runtimes: dict[str, Runtime],
    *,
    device: str,
    names: Sequence[str] | None,
    precisions: Sequence[str] | None,
) -> list[Row]:
    """Return the rows that are measured; the first is what the others are compared with.

    Args:
        runtimes: All there are, the first of which is compared with.
        device: As torch names it.
        names: The runtimes that are wanted; None for all.
        precisions: The same; None for those in which the device computes faster, and fp32.

    Raises:
        UserError: A name is unknown, or nothing is left.
    """
    _check_choices("--runtime", names, [*runtimes])
    _check_choices("--precision", precisions, PRECISIONS)
    wanted = precisions or _usual_precisions(device)
    rows = [
        Row(runtime=name, precision=precision)
        for precision in PRECISIONS
        for name, runtime in runtimes.items()
        if precision in wanted and precision in runtime.precisions(device)
        if names is None or name in names
    ]
    if not rows:
        available = [
            f"{name} {', '.join(runtime.precisions(device))}"
            for name, runtime in runtimes.items()
            if runtime.precisions(device)
        ]
        raise UserError(
            f"no such row on {device}: --runtime {' '.join(names or ['(all)'])} --precision "
            f"{' '.join(wanted)}; there are {'; '.join(available)}"
        )
    baseline = Row(runtime=next(iter(runtimes)), precision="fp32")
    return [baseline, *(row for row in rows if row != baseline)]


def _check_choices(option: str, given: Sequence[str] | None, choices: Sequence[str]) -> None:
    for name in given or ():
        if name not in choices:
            raise UserError(f"{option} {name}: choose from {', '.join(choices)}")


def _usual_precisions(device: str) -> list[str]:
    if device.partition(":")[0] == "cpu":
        return ["fp32", *(["bf16"] if cpu_has_bfloat16() else []), "int8"]
    return ["fp32", "bf16", "fp16"]
