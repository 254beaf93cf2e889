"""The table and the lines on the terminal."""

import io
import time
from xml.etree import ElementTree

import pytest
from rich.console import Console

from demo.picture import svg_of
from demo.screen import LINE_INTERVAL, Row, Screen, clock, line_of

WIDEST = Row(
    name="scenes",
    metric="top-1",
    state="epoch 12/18",
    completed=12,
    total=18,
    before=0.071,
    now=0.857,
    loss=0.000123456,
    seconds=3599,
)


def printed(rows: list[Row], *, width: int, note: str = "") -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    screen = Screen(console=console, rows=rows)
    screen.note = note
    console.print(screen)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_has_80_columns_at_most(width: int) -> None:
    lines = printed([Row(name="pose"), WIDEST], width=width, note="x" * 300)
    assert max(len(line.rstrip()) for line in lines) <= min(width, 80)


def test_nothing_is_cut_at_80_columns() -> None:
    WIDEST.count(12, total=18)
    line = printed([WIDEST], width=80)[3]
    for text in "scenes", "epoch 12/18", "59:59", "top-1 0.071 → 0.857", "0.000123":
        assert text in line


def test_a_row_waits_before_it_begins() -> None:
    (line,) = [
        line for line in printed([Row(name="det", metric="AP50")], width=80) if "det" in line
    ]
    assert line.split() == ["det", "waiting", "AP50"]


def test_time_left_follows_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    row = Row(name="pose", metric="AP", seconds=30)
    row.begin("epoch 2/4")
    row.count(11, total=40)
    assert row.left is None
    now += 10
    row.count(16, total=40)
    assert row.left == pytest.approx(2 * 24)
    now += 8
    assert row.left == pytest.approx(40)
    assert row.elapsed == pytest.approx(48)
    row.measure(0.0)
    row.measure(0.41)
    assert line_of(row) == "epoch 2/4    AP 0.000 → 0.410  0:40 left"
    row.count(40, total=40)
    assert row.left is None
    row.end("done")
    now += 5
    assert row.elapsed == pytest.approx(48)
    assert line_of(row) == "done         AP 0.000 → 0.410  in 0:48"


def test_lines_of_progress_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    out = io.StringIO()
    row = Row(name="pose", state="epoch 1/4")
    screen = Screen(console=Console(file=out), rows=[row])
    with screen:
        screen.event(row)
        for _ in range(30):  # each a second
            now += 1
            screen.progress(row)
    assert len(out.getvalue().splitlines()) == 1 + 30 // LINE_INTERVAL


@pytest.mark.parametrize(("seconds", "text"), {0.4: "0:00", 59.6: "1:00", 65: "1:05"}.items())
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_the_picture_is_small_and_has_all_text() -> None:
    svg = svg_of([WIDEST] * 5)
    assert len(svg) < 30_000
    text = "".join(ElementTree.fromstring(svg).itertext()).replace("\xa0", " ")
    assert "make demo" in text
    assert text.count("top-1 0.071 → 0.857") == 5
