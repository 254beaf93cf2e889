"""Findings of the rules about configs and data."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log

from hrnet_mm.errors import UserError

SHOWN = 5  # values of a list in a message
_WIDTH = 60  # characters of a value in a message


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something was found.

    Attributes:
        file: The image; if none is concerned, another file.
        value: What is there; "" if the finding's text says all.
        box: x, y, width and height of the annotation in pixels; None if it has none.
    """

    file: str
    value: str = ""
    box: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault of a config or of its data.

    Attributes:
        text: The file or the config's key, the value, and what to do.
        is_error: Whether the run is refused; what may be intended is only a warning.
        rule: The rule that found it.
        count: How many images, annotations or lines are concerned.
        places: The first of them.
    """

    text: str
    is_error: bool = True
    rule: str = ""
    count: int = 1
    places: tuple[Place, ...] = ()


_warned: set[str] = set()  # in this process: the tools and ConsistencyHook check the same data


def report(findings: Iterable[Finding]) -> None:
    """Log the warnings that were not logged yet, then refuse all errors at once.

    Raises:
        UserError: There are errors; each is a line of the message.
    """
    found = dict.fromkeys(findings)  # two datasets may share a file
    for finding in found:
        if not finding.is_error and finding.text not in _warned:
            _warned.add(finding.text)
            print_log(finding.text, logger="current", level=logging.WARNING)
    errors = [finding.text for finding in found if finding.is_error]
    if errors:
        raise UserError("\n".join(errors))


def of_first_process(find: Callable[[], list[Finding]]) -> list[Finding]:
    """Let the first process of a run look for findings, and return them in all."""
    found = [find() if is_main_process() else []]
    broadcast_object_list(found)
    return found[0]


def listed(values: Iterable[Any]) -> str:
    """Format the first few values."""
    first = list(islice(values, SHOWN + 1))
    return ", ".join(map(repr, first[:SHOWN])) + (", ..." if len(first) > SHOWN else "")


def shortened(value: Any) -> str:
    """Format a value on one line."""
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
