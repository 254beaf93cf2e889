"""How far a prediction is, how fast it goes, and which part of it takes the time."""

import io
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from hrnet_mm.apis.progress import LINE_INTERVAL, PARTS, Part, Progress, Stopwatch

Wait = Callable[[float], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Let time pass without waiting."""
    now = 1000.0

    def pass_time(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    return pass_time


def a_console(*, is_terminal: bool) -> Console:
    return Console(
        file=io.StringIO(), width=80, force_terminal=is_terminal, color_system=None, _environ={}
    )


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def measured(**seconds: float) -> Stopwatch:
    stopwatch = Stopwatch()
    stopwatch.seconds.update(seconds)  # type: ignore[arg-type]
    return stopwatch


def test_parts_add_up(wait: Wait) -> None:
    stopwatch = Stopwatch()
    parts: list[tuple[Part, float]] = [("network", 2.0), ("read", 1.0), ("network", 3.0)]
    for part, seconds in parts:
        with stopwatch.part(part):
            wait(seconds)
        wait(100.0)  # in no part
    assert (stopwatch.seconds["read"], stopwatch.seconds["network"]) == (1.0, 5.0)


def test_a_part_within_a_part_is_counted_once(wait: Wait) -> None:
    stopwatch = Stopwatch()
    with stopwatch.part("write"):
        wait(1.0)
        with stopwatch.part("draw"):
            wait(2.0)
        wait(4.0)
    assert (stopwatch.seconds["write"], stopwatch.seconds["draw"]) == (5.0, 2.0)


def test_a_part_that_fails_is_counted(wait: Wait) -> None:
    stopwatch = Stopwatch()

    def fail() -> None:
        wait(1.0)
        raise OSError("damaged")

    with pytest.raises(OSError, match="damaged"), stopwatch.part("read"):
        fail()
    wait(1.0)
    with stopwatch.part("network"):
        wait(1.0)
    assert (stopwatch.seconds["read"], stopwatch.seconds["network"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    "seconds",
    [
        {"read": 1.0, "detect": 1.0, "network": 1.0},
        dict.fromkeys(PARTS, 0.1),
        {"read": 0.004, "network": 0.996},
        {"draw": 1e-9},
    ],
)
def test_shares_sum_to_100(seconds: dict[str, float]) -> None:
    shares = measured(**seconds).shares()
    assert sum(shares.values()) == 100
    assert list(shares) == list(seconds)
    for part, share in shares.items():
        assert share == pytest.approx(100 * seconds[part] / sum(seconds.values()), abs=1)


def test_parts_come_in_their_order() -> None:
    assert list(measured(write=1.0, read=1.0, network=1.0).shares()) == ["read", "network", "write"]


def test_without_a_terminal_there_is_a_line_now_and_then(wait: Wait) -> None:
    console = a_console(is_terminal=False)
    stopwatch = measured(network=3.0, read=1.0)
    with Progress(stopwatch=stopwatch, total=50, console=console) as progress:
        for _ in range(50):
            wait(LINE_INTERVAL / 20)
            progress.advance()
    assert printed(console) == [
        "20/50 images, 2.0 images/s, 0:00:15 left: read 25 %, network 75 %",
        "40/50 images, 2.0 images/s, 0:00:05 left: read 25 %, network 75 %",
        "50 images in 25.0 s, 2.0 images/s: read 25 %, network 75 %",
    ]


@pytest.mark.parametrize("total", [None, 3])
def test_a_total_that_is_unknown_or_too_small(total: int | None, wait: Wait) -> None:
    console = a_console(is_terminal=False)
    with Progress(stopwatch=Stopwatch(), total=total, console=console) as progress:
        wait(LINE_INTERVAL)
        progress.advance(4)
    assert printed(console) == ["4 images, 0.4 images/s", "4 images in 10.0 s, 0.4 images/s"]


@pytest.mark.parametrize(
    ("number", "seconds", "line"),
    [
        (0, 2.0, "0 images in 2.0 s"),
        (0, 0.0, "0 images in 0.0 s"),
        (1, 80.0, "1 image in 0:01:20, 0.013 images/s"),
        (20000, 3.2, "20000 images in 3.2 s, 6250.0 images/s"),
    ],
)
def test_the_line_that_sums_up(number: int, seconds: float, line: str, wait: Wait) -> None:
    with Progress(stopwatch=Stopwatch(), total=None, console=a_console(is_terminal=False)) as it:
        wait(seconds)
        it.advance(number)
        assert it.summary() == line


def test_an_error_leaves_the_line_that_sums_up() -> None:
    console = a_console(is_terminal=True)
    with (
        pytest.raises(KeyboardInterrupt),
        Progress(stopwatch=Stopwatch(), total=None, console=console),
    ):
        raise KeyboardInterrupt
    assert printed(console)[-1].endswith("0 images in 0.0 s")


@pytest.mark.parametrize("total", [None, 123456])
def test_80_columns_are_enough(total: int | None, wait: Wait) -> None:
    console = a_console(is_terminal=True)
    stopwatch = measured(**dict.fromkeys(PARTS, 1.0))
    progress = Progress(stopwatch=stopwatch, total=total, console=console)
    wait(3600.0)
    progress.advance(65432)
    console.print(progress)
    line, shares = (line.rstrip() for line in printed(console))
    assert line.endswith("65432 images  18.2 images/s" if total is None else "0:53:12 left")
    assert shares.startswith("read 17 %, detect 17 %, ")
    assert shares.endswith("write 16 %")


def test_messages_stay_above_the_bar() -> None:
    console = a_console(is_terminal=True)
    with Progress(stopwatch=Stopwatch(), total=2, console=console) as progress:
        progress.print("[a].jpg: no image")
        progress.advance()
    assert any(line.endswith("[a].jpg: no image") for line in printed(console))


def test_stdout_is_free_for_results(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(stopwatch=Stopwatch(), total=1) as progress:
        progress.advance()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("1 image in ")
