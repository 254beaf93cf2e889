"""Prints the findings of a check in one table."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.tables import print_table, terminal_table

_PLACES = 3  # of a finding in the table
_UNLIMITED = 1000  # columns, where the output is no terminal


def print_findings(findings: Sequence[Finding]) -> None:
    """Print a row for each finding, then a line for each that says what to do."""
    rows = [
        (_kind(finding), finding.rule, str(finding.count), _places(finding)) for finding in findings
    ]
    headings = ("", "rule", "count", "where")
    table = terminal_table(headings, rows, right_aligned={"count"})
    print_table(table, min_width=0 if sys.stdout.isatty() else _UNLIMITED)
    for finding in findings:
        for line in finding.text.splitlines():
            print(f"{_kind(finding)}: {line}")


def _kind(finding: Finding) -> str:
    return "fault" if finding.is_error else "warning"


def _places(finding: Finding) -> str:
    if not finding.places:
        return finding.text.partition(": ")[0]
    shown = [_place(place) for place in finding.places[:_PLACES]]
    more = finding.count - len(shown)
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


def _place(place: Place) -> str:
    name = os.path.join(*Path(place.file).parts[-2:])
    return f"{name}: {place.value}" if place.value else name
