"""Measures the rows of a table."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import MMLogger
from rich.console import Console
from rich.progress import track

from hrnet_mm.apis.model import usable_device
from hrnet_mm.benchmark.complexity import Size
from hrnet_mm.benchmark.speed.hardware import usable_cpus
from hrnet_mm.benchmark.speed.inference import RUNTIMES, backbone_outputs
from hrnet_mm.benchmark.speed.memory import peak_on_cpu, peak_on_gpu
from hrnet_mm.benchmark.speed.paired import MIN_ROUNDS
from hrnet_mm.benchmark.speed.rounds import measure_in_turns
from hrnet_mm.benchmark.speed.rows import Call, Row, Runtime, choose_rows
from hrnet_mm.benchmark.speed.subject import Subject, draw_weights
from hrnet_mm.benchmark.speed.training import STEPS
from hrnet_mm.errors import UserError

Outputs = list[torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class BenchmarkOptions:
    """The command line of a benchmark.

    Attributes:
        runtimes: Names of `RUNTIMES`, or of `STEPS` with ``train``; None for all.
        precisions: Names of `PRECISIONS`; None for those in which the device computes faster.
        batch: Number of images.
        device: As torch names it; None for the first GPU, else the CPU.
        train: Whether a step of training is measured, not prediction.
        rounds: How often each is timed.
        input_size: Width and height; None for the config's.
        cfg_options: Overrides of the configs, by dotted key.
    """

    runtimes: Sequence[str] | None = None
    precisions: Sequence[str] | None = None
    batch: int = 1
    device: str | None = None
    train: bool = False
    rounds: int = 50
    input_size: Size | None = None
    cfg_options: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse numbers that cannot be.

        Raises:
            UserError: There is one.
        """
        if self.batch < 1:
            raise UserError(f"--batch {self.batch}: give 1 or more")
        if self.rounds < MIN_ROUNDS:
            raise UserError(
                f"--rounds {self.rounds}: give {MIN_ROUNDS} or more, for an interval of 95 %"
            )
        if self.input_size and min(self.input_size) < 1:
            raise UserError(f"--input-size {self.input_size}: give a width and a height")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of a row.

    Attributes:
        row: The row.
        times: Seconds of each round; none if it is missing.
        memory: Peak, in bytes; None if it was not measured.
        error: The largest difference of an output from that of eager fp32, as a share of the
            largest activation; of a training, the difference of the first loss as a share.
        remark: What else one should know; of a missing one, how to get it, or why it cannot be.
    """

    row: Row
    times: Sequence[float] = ()
    memory: float | None = None
    error: float | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """The table of a config.

    Attributes:
        config: As it was named.
        model: Name of what is measured, for the published rates: type of model or of head.
        arch: Name of the backbone's architecture; None if it has none.
        size: Width and height of the images.
        batch: Number of images.
        device: As torch names it.
        train: Whether a step of training was measured.
        rows: Those that were measured, and those that are missing.
    """

    config: str
    model: str
    arch: str | None
    size: Size
    batch: int
    device: str
    train: bool
    rows: Sequence[Measured]

    @property
    def baseline(self) -> Measured | None:
        """The first row that was measured, with which others are compared."""
        return next((row for row in self.rows if row.times), None)


def measure(config: str, options: BenchmarkOptions) -> Speeds:
    """Measure a config's model in one process, each row in turn.

    Raises:
        UserError: An option or the config does not fit.
    """
    MMLogger.get_instance("benchmark", log_level="ERROR")  # of all that the toolboxes say
    options.check()
    device = str(usable_device(options.device))
    runtimes = STEPS if options.train else RUNTIMES
    rows = choose_rows(
        runtimes, device=device, names=options.runtimes, precisions=options.precisions
    )
    threads = usable_cpus()
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(
            config=config,
            cfg_options=options.cfg_options,
            device=device,
            batch=options.batch,
            input_size=options.input_size,
            threads=threads,
            folder=Path(folder),
        )
        cfg, size = subject.cfg(), subject.size  # errors here are those of all rows
        if options.train and options.input_size and cfg.get("default_scope") == "mmpose":
            raise UserError("--input-size: targets of keypoints have the config's; leave it out")
        measured = _measure_rows(rows, runtimes, subject, options)
    return Speeds(
        config=Path(str(cfg.filename)).stem,
        model=_model_name(cfg.model),
        arch=cfg.model.backbone.arch if isinstance(cfg.model.backbone.arch, str) else None,
        size=size,
        batch=options.batch,
        device=device,
        train=options.train,
        rows=measured,
    )


def _measure_rows(
    rows: Sequence[Row],
    runtimes: Mapping[str, Runtime],
    subject: Subject,
    options: BenchmarkOptions,
) -> list[Measured]:
    draw_weights(subject)
    calls: dict[Row, Call] = {}
    missing: dict[Row, str] = {}
    memory: dict[Row, float] = {}
    console = Console(stderr=True)
    for row in track(rows, "preparing", console=console, transient=True):
        runtime = runtimes[row.runtime]
        try:
            calls[row], peak = _prepare(row, runtime, subject)
        except UserError as error:
            missing[row] = str(error)
        else:
            if peak is not None:
                memory[row] = peak
    errors = dict(_errors(calls, runtimes, subject, train=options.train))
    rounds = track(range(options.rounds), "measuring", console=console, transient=True)
    times = measure_in_turns(calls, rounds, device=subject.device)
    return [
        Measured(
            row=row,
            times=times.get(row, ()),
            memory=memory.get(row),
            error=errors.get(row),
            remark=missing.get(row, runtimes[row.runtime].remark),
        )
        for row in rows
    ]


def _prepare(row: Row, runtime: Runtime, subject: Subject) -> tuple[Call, float | None]:
    """Return how a row is run, and its peak memory in bytes."""
    if subject.device != "cpu":
        before = torch.cuda.memory_allocated(subject.device)
        call = runtime.prepare(row, subject)
        return call, peak_on_gpu(call, before=before, device=subject.device)
    call = runtime.prepare(row, subject)
    return call, peak_on_cpu(row, runtime, subject)


def _errors(
    calls: Mapping[Row, Call], runtimes: Mapping[str, Runtime], subject: Subject, *, train: bool
) -> Iterator[tuple[Row, float]]:
    """Yield the error of each row."""
    if train:
        expected = None
        for row, call in calls.items():
            found = _tensors(call())
            expected = expected or found  # the first
            yield row, _error(found, expected)
        return
    eager = RUNTIMES["eager"]
    outputs = _tensors(eager.prepare(Row(runtime="eager", precision="fp32"), subject)())
    features: Outputs | None = None
    for row, call in calls.items():
        if runtimes[row.runtime].features:
            features = features or _tensors(backbone_outputs(subject))
        yield row, _error(_tensors(call()), features if runtimes[row.runtime].features else outputs)


def _tensors(outputs: Sequence[Any]) -> Outputs:
    return [torch.as_tensor(x).detach().float().cpu() for x in outputs]


def _error(found: Outputs, expected: Outputs | None) -> float:
    assert expected is not None
    tiny = torch.finfo(torch.float32).tiny
    pairs = zip(found, expected, strict=True)
    errors = [(x - y).abs().max() / y.abs().max().clamp(min=tiny) for x, y in pairs]
    return torch.stack(errors).max().item()


def _model_name(model: Any) -> str:
    """Return the type of a model; of a segmentation model, that of its last head."""
    if "decode_head" not in model:
        return model.type
    heads = model.decode_head
    return (heads if isinstance(heads, Mapping) else heads[-1])["type"]
