"""Findings of the rules about configs and data."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mmengine.logging import print_log

from hrnet_mm.errors import UserError

_SHOWN = 5  # values of a list in a message
_WIDTH = 60  # characters of a value in a message


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault of a config or of its data.

    Attributes:
        text: The file or the config's key, the value, and what to do.
        is_error: Whether the run is refused; what may be intended is only a warning.
    """

    text: str
    is_error: bool = True


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


def listed(values: Iterable[Any]) -> str:
    """Format the first few values."""
    first = list(islice(values, _SHOWN + 1))
    return ", ".join(map(repr, first[:_SHOWN])) + (", ..." if len(first) > _SHOWN else "")


def shortened(value: Any) -> str:
    """Format a value on one line."""
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
