"""The processes that load the data follow the CPUs."""

import os
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.launch.workers import MAX_WORKERS, set_workers


def _workers(
    monkeypatch: pytest.MonkeyPatch,
    *,
    cpus: int,
    processes: int | None = None,
    num_workers: int = 2,
    given: dict[str, Any] | None = None,
) -> int:
    """Return the number for the training data; that of the data to test on stays."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cpus)), raising=False)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if processes is not None:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    loader = dict(num_workers=num_workers, persistent_workers=num_workers > 0)
    cfg = Config(dict(train_dataloader=loader, val_dataloader=None, test_dataloader=dict(loader)))
    set_workers(cfg, splits=("train", "val"), given=given or {})
    assert cfg.test_dataloader.num_workers == num_workers
    assert cfg.train_dataloader.persistent_workers == (cfg.train_dataloader.num_workers > 0)
    return cfg.train_dataloader.num_workers


@pytest.mark.parametrize(
    ("cpus", "processes", "expected"),
    [(1, None, 1), (2, None, 1), (8, None, 7), (200, None, MAX_WORKERS), (16, 2, 7), (2, 4, 1)],
)
def test_one_for_each_cpu_beside_the_runs_own(
    cpus: int, processes: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _workers(monkeypatch, cpus=cpus, processes=processes) == expected


def test_none_stays_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _workers(monkeypatch, cpus=8, num_workers=0) == 0


@pytest.mark.parametrize(
    "given", [{"train_dataloader.num_workers": 2}, {"train_dataloader": {"num_workers": 2}}]
)
def test_what_the_command_line_says_holds(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _workers(monkeypatch, cpus=8, given=given) == 2


def test_says_what_it_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _workers(monkeypatch, cpus=8)
    said = "train_dataloader.num_workers=7, for 8 CPUs; --cfg-options train_dataloader.num_workers"
    assert capsys.readouterr().out.startswith(said)
    _workers(monkeypatch, cpus=3)
    assert capsys.readouterr().out == ""
