"""Tells users' mistakes from defects, and tells users what to change, in one line."""

import ast
import linecache
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.registry import build_functions

import hrnet_mm
from hrnet_mm.errors import CheckpointError, UserError

SHOW_TRACEBACK = "HRNET_MM_TRACEBACK"  # the environment variable, set to anything
_PACKAGE = Path(hrnet_mm.__file__).parent


@contextmanager
def one_clear_error() -> Iterator[None]:
    """End the program with one line for a user's mistake; let other errors show their traceback.

    A mistake is what this package or the operating system refuses, and what mmengine cannot build
    from the config: an unknown type or argument. With the environment variable `SHOW_TRACEBACK`
    these show their traceback too.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get(SHOW_TRACEBACK) or not _is_mistake(error):
            raise
        sys.exit(f"error: {_one_line(error)}")


def _is_mistake(error: Exception) -> bool:
    if isinstance(error, (OSError, CheckpointError)):
        return True
    file, statement = _origin(error)
    # By a raise statement of its own; the error of a defect comes from some other line.
    refused = _PACKAGE in Path(file).parents and statement.startswith("raise ")
    unbuildable = file == build_functions.__file__
    return isinstance(error, (KeyError, TypeError, ValueError)) and (refused or unbuildable)


def _origin(error: Exception) -> tuple[str, str]:
    """Find the file and the line of code that raised an error."""
    # A data loader's worker sends its traceback as text.
    sent = re.findall(r'^  File "(.+)", line \d+, in .+\n +(.+)', str(error), re.MULTILINE)
    if sent:
        return sent[-1]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return frame.filename, frame.line or ""


def _one_line(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if "Traceback" in text:
        text = re.split(r"^[\w.]+Error: ", text, flags=re.MULTILINE)[-1]
    return " ".join(text.split())


@contextmanager
def demands_explained() -> Iterator[None]:
    """Put into words what the toolboxes assert of a config's values, for many do so without a word.

    Raises:
        UserError: An assertion failed; the message has its class, its condition and the values.
    """
    try:
        yield
    except AssertionError as error:
        raise UserError(_demand(error)) from error


def _demand(error: AssertionError) -> str:
    frame, _ = list(traceback.walk_tb(error.__traceback__))[-1]
    found = frame.f_locals
    owner = type(found["self"]).__name__ if "self" in found else frame.f_code.co_name
    if str(error):
        return f"{owner}: {error}"
    condition = _asserted(traceback.extract_tb(error.__traceback__)[-1])
    if condition is None:
        return f"{owner} does not take its arguments"
    names = [node for node in ast.walk(condition) if isinstance(node, ast.Name)]
    values = {node.id: found[node.id] for node in names if node.id in found and node.id != "self"}
    values |= {
        ast.unparse(node): getattr(found[node.value.id], node.attr)
        for node in ast.walk(condition)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and hasattr(found.get(node.value.id), node.attr)
    }
    shown = ", ".join(f"{name} is {value!r}" for name, value in values.items())
    return f"{owner} needs `{ast.unparse(condition)}`, but {shown}: change its arguments"


def _asserted(place: traceback.FrameSummary) -> ast.expr | None:
    """Return the condition of the assert statement at a place, if there is one to be read."""
    first = place.lineno or 1
    lines = linecache.getlines(place.filename)[first - 1 : place.end_lineno]
    try:
        body = ast.parse(textwrap.dedent("".join(lines))).body
    except SyntaxError:
        return None
    return body[0].test if body and isinstance(body[0], ast.Assert) else None
