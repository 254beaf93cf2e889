"""Statistics of runs that took turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

MIN_ROUNDS = 6  # with fewer, not even the whole range is an interval of 95 %
_TAIL = 0.025  # of the probability, on each side of the interval


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times faster one is than another.

    Attributes:
        median: Of the ratios of each round.
        low: Lower end of the interval that covers the true median in at least 95 % of cases.
        high: Upper end.
    """

    median: float
    low: float
    high: float


def paired_ratio(baseline: Sequence[float], times: Sequence[float]) -> Ratio:
    """Compare the times of one with those of a baseline, round by round.

    The interval is of order statistics, which assume nothing of the distribution: of n ratios, a
    number below the median is Binomial(n, 1/2) (Conover, Practical Nonparametric Statistics,
    section 3.2).
    """
    ratios = np.sort(np.divide(baseline, times))
    skipped = _skipped(len(ratios))
    low, high = float(ratios[skipped]), float(ratios[-1 - skipped])
    return Ratio(median=float(np.median(ratios)), low=low, high=high)


def _skipped(number: int) -> int:
    """Return how many of the smallest, and of the largest, values the interval leaves out."""
    assert number >= MIN_ROUNDS
    skipped, tail = 0, 0.5**number
    while (more := tail + comb(number, skipped + 1) * 0.5**number) <= _TAIL:
        skipped, tail = skipped + 1, more
    return skipped
