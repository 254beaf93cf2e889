"""Names what is written for files: short, all different, and the same in the next run."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A file, and the folder to which its name is relative: the given one, or its own."""

    path: Path
    base: Path


def is_text(path: str) -> bool:
    """Tell whether a path is valid UTF-8; any other kills the process in OpenCV's video functions.

    Args:
        path: As Python has it, with surrogates for bytes that are not UTF-8.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def unique_names(candidates: Sequence[Candidate]) -> list[str]:
    """Give each file another name, a relative path that never leads upwards.

    A name is the path relative to the base, without the suffix. Files that would have the same name
    keep their suffixes; if that does not help, parent folders are put before it.

    Args:
        candidates: Files of different absolute paths.
    """
    names = [_without_suffix(candidate) for candidate in candidates]
    for parents in range(max((len(_parts(c.base)) for c in candidates), default=0) + 1):
        numbers = Counter(names)
        if len(numbers) == len(candidates):
            return names
        names = [
            _with_suffix(candidate, parents=parents) if numbers[name] > 1 else name
            for candidate, name in zip(candidates, names, strict=True)
        ]
    if len(set(names)) == len(candidates):
        return names
    # A name made longer is that of another file, which has a short one.
    return [_with_suffix(c, parents=len(_parts(c.base))) for c in candidates]


def _without_suffix(candidate: Candidate) -> str:
    relative = candidate.path.relative_to(candidate.base)
    if not relative.stem.strip("."):  # the file "...jpg" must not become ".."
        return relative.as_posix()
    return relative.with_name(relative.stem).as_posix()


def _with_suffix(candidate: Candidate, *, parents: int) -> str:
    """Begin that many folders above the base."""
    base = _parts(candidate.base)
    relative = candidate.path.relative_to(candidate.base)
    return Path(*base[max(0, len(base) - parents) :], relative).as_posix()


def _parts(folder: Path) -> tuple[str, ...]:
    """Return the names of a folder and of those above it, from the top, without the root."""
    return Path(os.path.abspath(folder)).parts[1:]
