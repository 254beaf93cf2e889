"""Counted costs beside the published ones."""

from functools import cache

import pytest

from hrnet_mm.benchmark.complexity_table import Cost, config_cost, table_row, zoo_costs
from hrnet_mm.benchmark.published import Row, load_published
from tests.conftest import REPOSITORY

MEBI = 1024**2
COSTED = {row.configs[0]: row for row in load_published() if row.is_costed}


@cache
def costs() -> list[tuple[Cost, Row]]:
    return list(zip(zoo_costs(COSTED, root=str(REPOSITORY)), COSTED.values(), strict=True))


def explains_macs(note: str | None) -> bool:
    return note is not None and "1024²" not in note  # which is about parameters


@pytest.mark.slow
def test_every_printed_macs_are_counted_within_one_percent_or_explained() -> None:
    errors = [(c.config, c.macs_error) for c, row in costs() if not explains_macs(row.cost_note)]
    errors = [(name, error) for name, error in errors if error is not None]
    assert [(name, error) for name, error in errors if abs(error) > 0.01] == []
    assert len(errors) >= 25


def test_every_printed_parameters_are_counted_to_the_digit_or_explained() -> None:
    for cost, row in costs():
        official = cost.counted.params + cost.counted.folded_biases
        if row.params is None:
            continue
        if explains_macs(row.cost_note):
            continue
        unit = MEBI if row.cost_note else 1e6
        # Some tables round and some cut off.
        assert abs(official / unit - row.params) < 0.1 + 1e-9, (cost.config, official, row.params)


def test_explanations_are_shown_and_only_where_something_differs() -> None:
    for cost, row in costs():
        note = row.cost_note
        if note:
            assert table_row(cost)[-1] == note
            worst = max(abs(e) for e in (cost.params_error, cost.macs_error) if e is not None)
            assert worst > 0.004, cost.config


def test_a_config_of_ones_own_is_counted_without_a_row() -> None:
    path = str(REPOSITORY / "configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py")
    cost = config_cost(path, [], input_size=None)
    assert cost.row is None
    assert cost.counted.input_size == (96, 128)
    assert table_row(cost)[-2:] == ("", "")
