"""Guesses from the names of keypoints which of them swap when an image is flipped."""

import re
from collections.abc import Iterator, Sequence

# Words: of capitals, with one capital or none, of digits, of anything between.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
_LEFT = re.compile("left", re.IGNORECASE)
_RIGHT = {"left": "right", "Left": "Right", "LEFT": "RIGHT", "l": "r", "L": "R"}


def flip_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of a left and a right keypoint.

    It knows ``left_eye``, ``eye_left``, ``leftEye``, ``L_eye``, ``LEye``, ``lEye``, ``LX``, ``x_l``
    and ``leye``. What makes a pair is that the name with "right" or "r" exists too.
    """
    pairs = []
    for name in names:
        other = next((other for other in _mirrored(name) if other in names), None)
        if other is not None:
            pairs.append((name, other))
    return pairs


def _mirrored(name: str) -> Iterator[str]:
    """Yield what the right counterpart of a left keypoint may be called, the likeliest first."""
    for found in _LEFT.finditer(name):
        yield name[: found.start()] + _RIGHT.get(found[0], "right") + name[found.end() :]
    for word in _WORDS.finditer(name):
        for place in (word.start(), word.end() - 1):
            if name[place] in "lL":
                yield name[:place] + _RIGHT[name[place]] + name[place + 1 :]
