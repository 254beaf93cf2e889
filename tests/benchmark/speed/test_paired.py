"""The statistics of paired runs, against values by hand."""

import pytest

from hrnet_mm.benchmark.speed.paired import MIN_ROUNDS, paired_ratio


def test_median_is_of_the_ratios_of_each_round() -> None:
    # Ratios 1, 2, 3, 4, 5, 6: their median is 3.5, that of the medians 4.
    ratio = paired_ratio([1, 4, 9, 16, 25, 36], [1, 2, 3, 4, 5, 6])
    assert ratio.median == 3.5


# Of n values, the k-th smallest and largest are the interval; tables of the sign test, 5 %.
@pytest.mark.parametrize(("rounds", "k"), [(6, 1), (8, 1), (9, 2), (12, 3), (20, 6), (50, 18)])
def test_interval_is_that_of_the_sign_test(rounds: int, k: int) -> None:
    ratio = paired_ratio([*range(1, rounds + 1)], [1] * rounds)
    assert (ratio.low, ratio.high) == (k, rounds + 1 - k)


def test_fewest_rounds_have_an_interval() -> None:
    assert 0.5 ** (MIN_ROUNDS - 1) <= 0.05 < 0.5 ** (MIN_ROUNDS - 2)
