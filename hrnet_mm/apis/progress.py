"""How far a prediction is, how fast it goes, and which part of it takes the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Literal, get_args

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

Part = Literal["read", "detect", "prepare", "network", "draw", "write"]
PARTS: tuple[Part, ...] = get_args(Part)

BAR_WIDTH = 24  # columns
LINE_INTERVAL = 10.0  # seconds between lines where there is no terminal


class Stopwatch:
    """Adds up the time that each part of a prediction takes, in one thread.

    Attributes:
        seconds: Of each part so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[Part, float] = dict.fromkeys(PARTS, 0.0)
        self._running: list[Part] = []
        self._since = 0.0

    @contextmanager
    def part(self, name: Part) -> Iterator[None]:
        """Count the time of the block; what another part takes within it counts for that one."""
        self._note()
        self._running.append(name)
        try:
            yield
        finally:
            self._note()
            self._running.pop()

    def shares(self) -> dict[Part, int]:
        """Return the percentage of each part that was used; they sum to 100."""
        used: dict[Part, float] = {
            name: seconds for name, seconds in self.seconds.items() if seconds > 0
        }
        exact: dict[Part, float] = {
            name: 100 * seconds / sum(used.values()) for name, seconds in used.items()
        }
        shares: dict[Part, int] = {name: int(share) for name, share in exact.items()}
        missing = 100 - sum(shares.values())  # goes to those that lost most when cut to integers
        by_loss = sorted(used, key=lambda name: shares[name] - exact[name])
        for name in by_loss[:missing]:
            shares[name] += 1
        return shares

    def _note(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now


class Progress:
    """A bar on a terminal, else a line now and then; at the end one line that sums up.

    All goes to stderr, as is usual for progress, so that stdout is free for results.

    Attributes:
        stopwatch: Measures the parts, of which the shares are shown.
        total: How many images there are; None if that is not known.
        done: How many are done.
    """

    def __init__(
        self, *, stopwatch: Stopwatch, total: int | None, console: Console | None = None
    ) -> None:
        self.stopwatch = stopwatch
        self.total = total
        self.done = 0
        self._console = console or Console(stderr=True)
        self._draws = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live = Live(
            self,
            console=self._console,
            transient=True,  # the line that sums up takes its place
            redirect_stdout=False,  # it may be a pipe
        )
        self._began = self._last_line = time.monotonic()

    def __enter__(self) -> "Progress":
        self._began = self._last_line = time.monotonic()
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
        self.print(self.summary())

    def advance(self, number: int = 1) -> None:
        """Count images that are done."""
        self.done += number
        now = time.monotonic()
        if not self._draws and now - self._last_line >= LINE_INTERVAL:
            self._last_line = now
            self.print(_with_shares(", ".join(self._figures()), self.stopwatch))

    def print(self, line: str) -> None:
        """Print a line, above the bar if there is one."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def summary(self) -> str:
        """Say in a line how many images were done, how fast, and what took the time."""
        seconds = time.monotonic() - self._began
        took = f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
        line = f"{_images(self.done)} in {took}"
        if self.done and seconds:
            line += f", {_rate(self.done / seconds)}"
        return _with_shares(line, self.stopwatch)

    def __rich__(self) -> Group:
        total = self._credible_total()
        line = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(total=total, completed=self.done, width=BAR_WIDTH)
        line.add_row(bar, *self._figures())
        return Group(line, Text(_shares_of(self.stopwatch), style="dim"))

    def _figures(self) -> list[str]:
        total = self._credible_total()
        figures = [_images(self.done) if total is None else f"{self.done}/{total} images"]
        seconds = time.monotonic() - self._began
        if self.done and seconds:
            figures.append(_rate(self.done / seconds))
            if total is not None:
                left = seconds / self.done * (total - self.done)
                figures.append(f"{timedelta(seconds=round(left))} left")
        return figures

    def _credible_total(self) -> int | None:
        # Videos may have more frames than they say.
        return None if self.total is None or self.done > self.total else self.total


def _images(number: int) -> str:
    return f"{number} image" if number == 1 else f"{number} images"


def _rate(per_second: float) -> str:
    return f"{per_second:.1f} images/s" if per_second >= 1 else f"{per_second:.2g} images/s"


def _shares_of(stopwatch: Stopwatch) -> str:
    return ", ".join(f"{name} {share} %" for name, share in stopwatch.shares().items())


def _with_shares(line: str, stopwatch: Stopwatch) -> str:
    shares = _shares_of(stopwatch)
    return f"{line}: {shares}" if shares else line
