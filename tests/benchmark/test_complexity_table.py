"""Counted costs beside the published ones."""

import pytest

from hrnet_mm.benchmark.complexity_table import Cost, config_cost, table_row, zoo_costs
from hrnet_mm.benchmark.published import Row, load_published
from tests.conftest import REPOSITORY

MEBI = 1024**2
COSTED = {row.configs[0]: row for row in load_published() if row.is_costed}
FIRST_OF_TASK = {row.task: name for name, row in reversed(COSTED.items())}.values()


def costed() -> list[object]:
    """List the configs that are counted; all but one of each task are slow."""
    return [
        pytest.param(name, marks=[] if name in FIRST_OF_TASK else pytest.mark.slow)
        for name in COSTED
    ]


def explains_macs(note: str | None) -> bool:
    return note is not None and "1024²" not in note  # which is about parameters


@pytest.mark.parametrize("name", costed())
def test_what_is_printed_is_counted_or_explained(name: str) -> None:
    row = COSTED[name]
    (cost,) = zoo_costs({name: row}, root=str(REPOSITORY))
    if not explains_macs(row.cost_note):
        check_macs(cost)
        check_parameters(cost, row)
    if row.cost_note:
        check_explanation(cost, row.cost_note)


def check_macs(cost: Cost) -> None:
    """They are those printed, within one percent."""
    assert cost.macs_error is None or abs(cost.macs_error) <= 0.01


def check_parameters(cost: Cost, row: Row) -> None:
    """They are those printed, to the digit; some tables round and some cut off."""
    if row.params is not None:
        official = cost.counted.params + cost.counted.folded_biases
        unit = MEBI if row.cost_note else 1e6
        assert abs(official / unit - row.params) < 0.1 + 1e-9, official


def check_explanation(cost: Cost, note: str) -> None:
    """It is shown, and something differs."""
    assert table_row(cost)[-1] == note
    assert max(abs(e) for e in (cost.params_error, cost.macs_error) if e is not None) > 0.004


def test_most_printed_macs_are_counted_and_not_explained() -> None:
    rows = [row for row in COSTED.values() if not explains_macs(row.cost_note)]
    assert len([row for row in rows if row.macs is not None]) >= 25


def test_a_config_of_ones_own_is_counted_without_a_row() -> None:
    path = str(REPOSITORY / "configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py")
    cost = config_cost(path, [], input_size=None)
    assert cost.row is None
    assert cost.counted.input_size == (96, 128)
    assert table_row(cost)[-2:] == ("", "")
