"""What is done with findings."""

import pytest

from hrnet_mm.data import findings
from hrnet_mm.data.findings import Finding, report


def test_all_errors_are_lines_of_one_refusal_and_each_is_said_once() -> None:
    first, second = Finding(text="a.json is empty"), Finding(text="b.json is empty")
    with pytest.raises(ValueError, match=r"^a\.json is empty\nb\.json is empty$"):
        report([first, second, first])
    report([])


def test_a_warning_is_logged_once_and_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(findings, "print_log", lambda text, **_: logged.append(text))
    for _ in range(2):
        report([Finding(text="images of val are in train", is_error=False)])
    assert logged == ["images of val are in train"]
