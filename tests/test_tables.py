"""Tables for the terminal and for Markdown files."""

from rich.console import Console

from hrnet_mm.tables import markdown_table, terminal_table
from tests.isolated import output_of

HEADINGS, ROWS = ("part", "loaded"), [("stem", "12"), ("stage 1", "3")]


def test_terminal_table() -> None:
    console = Console(width=80)
    table = terminal_table(HEADINGS, ROWS, right_aligned=["loaded"], total=("all", "15"))
    with console.capture() as captured:
        console.print(table)
    lines = [line.strip() for line in captured.get().splitlines()]
    assert [line for line in lines if line and "─" not in line] == [
        "part      loaded",
        "stem          12",
        "stage 1        3",
        "all           15",
    ]


def test_markdown_table() -> None:
    text = markdown_table(HEADINGS, ROWS, right_aligned=["loaded"])
    assert text == "| part | loaded |\n| --- | ---: |\n| stem | 12 |\n| stage 1 | 3 |\n"


def test_rich_is_not_needed_to_import_it() -> None:
    assert output_of("import sys, hrnet_mm.tables; print('rich' in sys.modules)") == "False"
