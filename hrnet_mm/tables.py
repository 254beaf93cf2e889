"""Tables for the terminal and for Markdown files."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def terminal_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    right_aligned: Collection[str] = (),
    total: Sequence[str] | None = None,
) -> "Table":
    """Make a table for ``rich.console.Console.print``.

    Args:
        headings: One for each column.
        rows: The cells of each row.
        title: The line above the table.
        right_aligned: The headings of columns of numbers.
        total: The cells of a last row, below a line.
    """
    from rich import box
    from rich.table import Column, Table

    columns = [Column(h, justify="right" if h in right_aligned else "left") for h in headings]
    table = Table(*columns, title=title, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*row)
    if total is not None:
        table.add_section()
        table.add_row(*total)
    return table


def print_table(table: "Table", *, min_width: int = 0) -> None:
    """Print a table as wide as the terminal, and at least ``min_width`` characters."""
    from rich.console import Console

    Console(width=max(Console().width, min_width)).print(table)


def markdown_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right_aligned: Collection[str] = (),
) -> str:
    """Return a table in Markdown, a line for each row, with a final newline.

    Args:
        headings: One for each column.
        rows: The cells of each row.
        right_aligned: The headings of columns of numbers.
    """
    rule = ["---:" if heading in right_aligned else "---" for heading in headings]
    return "".join(f"| {' | '.join(row)} |\n" for row in (headings, rule, *rows))
