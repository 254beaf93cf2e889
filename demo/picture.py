"""Draw the table that the demo leaves on the terminal, for the README."""

import argparse
import io
import re
from pathlib import Path

from rich.console import Console

from demo.kept import kept_result
from demo.screen import WIDTH, Row, table_of
from demo.steps import show_kept
from demo.tasks import TASKS
from hrnet_mm.whole_file import whole_file


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.picture", description=__doc__)
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/demo"), help="of the demo")
    parser.add_argument("--seed", type=int, default=0, help="that the demo was run with")
    parser.add_argument("--out", type=Path, default=Path("docs/demo_terminal.svg"))
    options = parser.parse_args()
    rows = [Row(name="scenes", state="done")]
    for task in TASKS.values():
        row = Row(name=task.name, metric=task.metrics[0].heading)
        show_kept(kept_result(task, work_dir=options.work_dir, seed=options.seed), row)
        rows.append(row)
    with whole_file(options.out) as unfinished:
        unfinished.write_text(svg_of(rows))
    print(options.out)


def svg_of(rows: list[Row]) -> str:
    """Draw the table of all steps as an SVG image."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(table_of(rows))
    svg = console.export_svg(title="make demo")
    return re.sub(r"@font-face {.*?}", "", svg, flags=re.DOTALL)  # fonts from the internet


if __name__ == "__main__":
    main()
