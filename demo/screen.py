"""The demo on the terminal: one table that is always up to date, or lines where there is none."""

import time
from dataclasses import dataclass, field
from types import TracebackType

from rich import box
from rich.console import Console, Group
from rich.constrain import Constrain
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

WIDTH = 80  # columns at most
BAR_WIDTH = 12  # columns
LINE_INTERVAL = 10.0  # seconds between lines of progress


@dataclass(kw_only=True)
class Row:
    """A step of the demo.

    Attributes:
        name: What the step is called.
        metric: What its metric is called; empty if it has none.
        state: What is being done, in a word or two.
        completed: How many iterations, or scenes, are done.
        total: How many there are; 0 before that is known.
        before: The metric before the training.
        now: The metric as measured last.
        loss: The training loss.
        seconds: What the step had taken before it began now, or in all after its end.
    """

    name: str
    metric: str = ""
    state: str = "waiting"
    completed: int = 0
    total: int = 0
    before: float | None = None
    now: float | None = None
    loss: float | None = None
    seconds: float = 0.0
    _began: float | None = field(default=None, init=False)
    _first_count: tuple[int, float] | None = field(default=None, init=False)
    _ends: float | None = field(default=None, init=False)

    def begin(self, state: str) -> None:
        """Start the clock."""
        self.state, self._began = state, time.monotonic()

    def end(self, state: str) -> None:
        """Stop the clock."""
        self.seconds = self.elapsed
        self.state, self._began, self._ends = state, None, None

    def count(self, completed: int, *, total: int) -> None:
        """Say how many are done, by which the time that is left is estimated."""
        now = time.monotonic()
        self.completed, self.total = completed, total
        first, since = self._first_count = self._first_count or (completed, now)
        self._ends = None
        if first < completed < total:  # the first one takes longer than others
            self._ends = now + (now - since) / (completed - first) * (total - completed)

    def measure(self, metric: float) -> None:
        """Note a value of the metric; the first is that before the training."""
        if self.before is None:
            self.before = metric
        else:
            self.now = metric

    @property
    def elapsed(self) -> float:
        """Seconds that the step has taken so far."""
        running = 0.0 if self._began is None else time.monotonic() - self._began
        return self.seconds + running

    @property
    def left(self) -> float | None:
        """Seconds that the iterations, or scenes, will take; None if that is not known."""
        return None if self._ends is None else max(0.0, self._ends - time.monotonic())

    @property
    def change(self) -> str:
        """The metric before and now."""
        figures = [f"{value:.3f}" for value in (self.before, self.now) if value is not None]
        return " → ".join(figures)


class Screen:
    """The table of all steps, redrawn while the demo runs; a line for each event in a pipe.

    Attributes:
        console: Where to print.
        rows: The steps.
        note: A line below the table.
        is_interrupted: Whether the user wants to stop.
    """

    def __init__(self, *, console: Console, rows: list[Row]) -> None:
        self.console = console
        self.rows = rows
        self.note = ""
        self.is_interrupted = False
        self._live = Live(
            self,
            console=console,
            refresh_per_second=2,
            redirect_stdout=False,  # what the demo prints goes to files
            redirect_stderr=False,
        )
        self._draws = console.is_terminal and not console.is_dumb_terminal
        self._last_line = 0.0

    def __enter__(self) -> "Screen":
        if self._draws:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __rich__(self) -> Constrain:
        note = Text(self.note, style="dim", overflow="ellipsis", no_wrap=True)
        return Constrain(Group(table_of(self.rows), note), WIDTH)

    def interrupt(self, *_: object) -> None:
        """Stop what is running, as the handler of a signal.

        Python drops the exception if it is raised while an object is deleted, such as a data
        loader that waits for its workers. Then `check_interrupt` raises it again.
        """
        self.is_interrupted = True
        raise KeyboardInterrupt

    def check_interrupt(self) -> None:
        """Stop if `interrupt` was called."""
        if self.is_interrupted:
            raise KeyboardInterrupt

    def event(self, row: Row, text: str = "") -> None:
        """Print a line in a pipe: what a step is doing, or the text instead."""
        self.check_interrupt()
        if not self._draws:
            self._last_line = time.monotonic()
            self.console.print(f"{row.name:6}  {text or line_of(row)}", soft_wrap=True)

    def progress(self, row: Row) -> None:
        """Print a line as `event` does, unless one was printed just before."""
        self.check_interrupt()
        if time.monotonic() - self._last_line >= LINE_INTERVAL:
            self.event(row)


def table_of(rows: list[Row]) -> Table:
    """Make the table of all steps."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("task", no_wrap=True, min_width=6)
    table.add_column("progress", no_wrap=True, min_width=BAR_WIDTH)
    table.add_column("", no_wrap=True, min_width=11)
    table.add_column("time", no_wrap=True, justify="right", min_width=5)
    table.add_column("left", no_wrap=True, justify="right", min_width=5)
    table.add_column("before → now", no_wrap=True, min_width=19)
    table.add_column("loss", no_wrap=True, justify="right", min_width=6)
    for row in rows:
        waits = row.state == "waiting"
        table.add_row(
            row.name,
            ProgressBar(total=row.total, completed=row.completed, width=BAR_WIDTH)
            if row.total
            else "",
            row.state,
            "" if waits else clock(row.elapsed),
            "" if row.left is None else clock(row.left),
            f"{row.metric:5} {row.change}",
            "" if row.loss is None else f"{row.loss:.3g}",
            style="dim" if waits else "",
        )
    return table


def line_of(row: Row) -> str:
    """Say in a line what a step is doing."""
    parts = [f"{row.state:11}"]
    if row.change:
        parts.append(f"{row.metric} {row.change}")
    if row.left is not None:
        parts.append(f"{clock(row.left)} left")
    elif row.state == "done":
        parts.append(f"in {clock(row.elapsed)}")
    return "  ".join(parts).rstrip()


def clock(seconds: float) -> str:
    """Write a duration as minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
