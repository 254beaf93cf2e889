"""Splits of own data: the same each time, by images or by groups of them."""

import re
from pathlib import Path

import pytest

from hrnet_mm.data.surveys.survey import Request, choose_val
from hrnet_mm.errors import UserError

NAMES = [f"video{i}_{frame:03}.jpg" for i in range(5) for frame in range(20)]


def request_for(folder: Path, **options: object) -> Request:
    return Request(data=folder, **options)  # type: ignore[arg-type]


def test_a_split_is_the_same_in_any_order_of_names(tmp_path: Path) -> None:
    chosen = choose_val(NAMES, request_for(tmp_path))
    assert len(chosen) == 20
    assert choose_val(reversed(NAMES), request_for(tmp_path)) == chosen


def test_groups_stay_together(tmp_path: Path) -> None:
    chosen = choose_val(NAMES, request_for(tmp_path, group_by=r"video\d+", val_fraction=0.4))
    assert len(chosen) == 40
    assert len({name.partition("_")[0] for name in chosen}) == 2


@pytest.mark.parametrize(
    ("group_by", "fault"),
    [
        ("clip", "does not match the beginning of video0_000.jpg"),
        ("(", "no regular"),
        ("v", "1 gr"),
    ],
)
def test_a_pattern_that_makes_no_groups_is_refused(
    group_by: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        choose_val(NAMES, request_for(tmp_path, group_by=group_by))


@pytest.mark.parametrize(
    "options", [{"images": Path("nowhere")}, {"val_fraction": 1.0}, {"val": Path("nowhere")}]
)
def test_a_request_for_nothing_is_refused(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere|1\.0"):
        request_for(tmp_path, **options)
