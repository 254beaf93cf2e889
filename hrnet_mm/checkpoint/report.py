"""What was loaded, converted or left out of the weights of a file, as a table."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console

from hrnet_mm.tables import terminal_table

GROUPS = ("stem", "stage 1", "stage 2", "stage 3", "stage 4", "neck", "head", "other")
OUTCOMES = ("loaded", "converted", "dropped", "missing", "unexpected", "mismatch")
WIDTH = 80  # of a terminal, in characters
_SHOWN = 3  # examples of each kind of note

_PLACES = (
    (r"(backbone\.)?(conv|bn)[12]\.", "stem"),
    (r"(backbone\.)?(layer1|transition1)\.", "stage 1"),
    (r"(backbone\.)?(stage2|transition2)\.", "stage 2"),
    (r"(backbone\.)?(stage3|transition3)\.", "stage 3"),
    (r"(backbone\.)?stage4\.", "stage 4"),
    (r"neck\.|(incre|downsamp)_modules\.", "neck"),
    (r".*(head|classifier|final_layer|last_layer)", "head"),
)


def group_of(name: str) -> str:
    """Tell which part of a model a weight belongs to."""
    return next((group for pattern, group in _PLACES if re.match(pattern, name)), "other")


@dataclass(kw_only=True)
class Report:
    """What was loaded, converted or left out.

    Attributes:
        layout: How the weights are named in the file.
        arch: The architecture found.
        outcomes: For each of `OUTCOMES` the names of weights.
        notes: Lines to add below the table.
    """

    layout: str
    arch: str
    outcomes: dict[str, list[str]] = field(
        default_factory=lambda: {outcome: [] for outcome in OUTCOMES}
    )
    notes: list[str] = field(default_factory=list)

    def add_reasons(self, reasons: Iterable[str]) -> None:
        """Note how often each reason occurred."""
        for reason, number in sorted(Counter(reasons).items()):
            self.notes.append(f"converted: {reason} ({number})")

    def text(self) -> str:
        """Draw the table, no wider than a terminal."""
        counts = {
            outcome: Counter(group_of(name) for name in names)
            for outcome, names in self.outcomes.items()
        }
        used = [outcome for outcome in OUTCOMES if counts[outcome]]
        rows = [
            [group, *(str(counts[outcome][group] or "") for outcome in used)] for group in GROUPS
        ]
        table = terminal_table(
            ["part", *used],
            [row for row in rows if any(row[1:])],
            right_aligned=used,
            total=["all", *(str(counts[outcome].total()) for outcome in used)],
        )
        console = Console(width=WIDTH)
        with console.capture() as captured:
            console.print(f"{self.layout} layout, {self.arch}", highlight=False)
            console.print(table)
            for note in [*self.notes, *self._examples()]:
                console.print(note, highlight=False, markup=False, overflow="fold")
        return "\n".join(line.rstrip() for line in captured.get().rstrip().splitlines())

    def _examples(self) -> Iterable[str]:
        for outcome in ("dropped", "missing", "unexpected"):
            names = self.outcomes[outcome]
            if names:
                more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
                yield f"{outcome}: {', '.join(names[:_SHOWN])}{more}"
