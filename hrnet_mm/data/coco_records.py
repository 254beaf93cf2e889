"""The lists of a COCO file by columns; invalid content raises no error here."""

import math
from array import array
from collections.abc import Iterable
from functools import cached_property
from itertools import chain, compress
from operator import itemgetter
from typing import Any

import numpy as np

from hrnet_mm.data.findings import listed

NUMBERS = frozenset({int, float})
IDS = NUMBERS | {str}


class Records:
    """A list of a COCO file, such as its annotations.

    Attributes:
        noun: What the list holds, such as "annotations".
        is_list: Whether the file has that list at all.
        rows: Its entries that are json objects.
        others: How many entries are not.
    """

    def __init__(self, content: Any, noun: str) -> None:
        section = content.get(noun) if isinstance(content, dict) else None
        entries = section if isinstance(section, list) else []
        self.noun = noun
        self.is_list = isinstance(section, list)
        self.rows: list[dict[str, Any]] = [row for row in entries if isinstance(row, dict)]
        self.others = len(entries) - len(self.rows)
        self._columns: dict[str, list[Any]] = {}
        self._types: dict[str, frozenset[type]] = {}
        self._numbers: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, key: str) -> list[Any]:
        """Return the values of a key, None where it is missing."""
        if key not in self._columns:
            try:  # twice as fast, which matters for a million annotations
                self._columns[key] = list(map(itemgetter(key), self.rows))
            except KeyError:
                self._columns[key] = [row.get(key) for row in self.rows]
        return self._columns[key]

    def lacks(self, key: str) -> np.ndarray:
        """Return which entries do not have a key, (N,) bool."""
        return np.array([key not in row for row in self.rows], bool)

    def types(self, key: str) -> frozenset[type]:
        """Return the types of the values of a key."""
        if key not in self._types:
            self._types[key] = frozenset(map(type, self.column(key)))
        return self._types[key]

    def ids(self, key: str = "id") -> list[Any]:
        """Return the values of a key that can be ids, None for the others."""
        values = self.column(key)
        if self.types(key) <= IDS:
            return values
        return [value if type(value) in IDS else None for value in values]

    def numbers(self, key: str) -> np.ndarray:
        """Return the values of a key, NaN where they are not numbers, as (N,) float64."""
        if key not in self._numbers:
            self._numbers[key] = _floats(self.column(key))
        return self._numbers[key]

    def positions(self, ids: "Records", key: str) -> np.ndarray:
        """Return where the ids in another list's key are in this one, -1 if nowhere, (N,) int64.

        Of several entries with one id, the last counts, as for the readers.
        """
        known, wanted = self._integers("id"), ids._integers(key)
        if known is None or wanted is None or not len(known):
            indices = {value: index for index, value in enumerate(self.ids())}
            indices[None] = -1
            return np.array([indices.get(value, -1) for value in ids.ids(key)], np.int64)
        order = np.argsort(known, kind="stable")
        nearest = order[np.searchsorted(known[order], wanted, side="right") - 1]
        return np.where(known[nearest] == wanted, nearest, -1)

    def _integers(self, key: str) -> np.ndarray | None:
        """Return the values of a key as (N,) int64; None if they are not all small integers."""
        if not self.types(key) <= {int}:
            return None
        try:
            return np.array(array("q", self.column(key)))
        except OverflowError:
            return None

    @cached_property
    def boxes(self) -> np.ndarray:
        """x, y, width and height, NaN where they are not four numbers, (N, 4) float64."""
        boxes = self.column("bbox")
        if self.types("bbox") != {list} or set(map(len, boxes)) != {4}:
            nothing = (None,) * 4
            boxes = [box if type(box) is list and len(box) == 4 else nothing for box in boxes]
        return _floats(chain.from_iterable(boxes)).reshape(-1, 4)

    @cached_property
    def keypoints(self) -> np.ndarray | None:
        """x, y and visibility, (N, K, 3) float64; None if entries differ in K or are no numbers.

        Ten times as fast as looking at each entry: COCO has 13 million numbers.
        """
        values = self.column("keypoints")
        if not values or self.types("keypoints") != {list}:
            return None
        lengths = set(map(len, values))
        if len(lengths) > 1 or min(lengths) == 0 or min(lengths) % 3:
            return None
        try:
            # From a list, whose length is known, it takes half the time.
            numbers = np.array(array("d", list(chain.from_iterable(values))))
        except (TypeError, OverflowError):
            return None
        return numbers.reshape(len(values), -1, 3)

    @cached_property
    def has_keypoints(self) -> np.ndarray:
        """Which entries have ``keypoints`` of three numbers each, at least one, (N,) bool."""
        if self.keypoints is not None:
            return np.all(np.isfinite(self.keypoints), axis=(1, 2))
        values = [value if type(value) is list else [] for value in self.column("keypoints")]
        good = [len(value) > 0 and len(value) % 3 == 0 for value in values]
        if not are_numbers(chain.from_iterable(values)):
            good = [ok and are_numbers(value) for ok, value in zip(good, values, strict=True)]
        return np.array(good, bool)

    def share(self, concerned: Iterable[bool]) -> str:
        """Describe how many entries are concerned, with the first ids."""
        rows = list(compress(self.rows, concerned))
        total = f"{len(rows)} of {len(self)} {self.noun}"
        return f"{total} (id {listed(row.get('id') for row in rows)})" if rows else total


def are_numbers(values: Iterable[Any]) -> bool:
    """Whether all are finite numbers."""
    values = list(values)
    # The sum is not finite if one of its terms is not, and is fast.
    return set(map(type, values)) <= NUMBERS and math.isfinite(sum(values))


def _floats(values: Iterable[Any]) -> np.ndarray:
    values = list(values)
    try:
        return np.array(array("d", values))
    except (TypeError, OverflowError):
        return np.array([_float(value) for value in values], np.float64)


def _float(value: Any) -> float:
    if not isinstance(value, (int, float)):
        return np.nan
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return np.inf
