"""Curves of trainings: what was logged, when, and what resumed runs replace."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hrnet_mm.benchmark.curves import plot_curves, quantities, read_curves, table_rows
from hrnet_mm.errors import UserError
from tests.tiny_runner import tiny_runner


def training(step: int, loss: float, **others: float) -> dict[str, float]:
    times = {"data_time": 0.1, "time": 0.5, "memory": 100}
    return {"lr": 0.01, "loss": loss, "iter": step, "step": step, **times, **others}


def validation(step: int, **metrics: float) -> dict[str, float]:
    return {**metrics, "data_time": 0.2, "time": 9.0, "step": step}


def write_log(work_dir: Path, start: str, records: list[dict[str, Any]], *, end: str = "") -> None:
    file = work_dir / start / "vis_data/scalars.json"
    file.parent.mkdir(parents=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records) + end)


def test_a_real_run_that_is_resumed(tmp_path: Path) -> None:
    tiny_runner(tmp_path, epochs=1).train()
    first = read_curves(tmp_path)
    assert list(first.points["loss"]) == [1, 2]
    assert first.points["tiny/seen"] == {2: 4}
    assert first.metrics == {"tiny/seen", "tiny/improving"}
    resumed = tiny_runner(tmp_path, epochs=2, resume=True)
    resumed._log_dir  # noqa: B018  (a folder of its own, even within the same second)
    resumed.train()
    both = read_curves(tmp_path)
    assert list(both.points["loss"]) == [1, 2, 3, 4]
    assert both.points["loss"][1] == first.points["loss"][1]
    assert list(both.points["tiny/improving"]) == [2, 4]


def test_what_is_done_again_replaces_what_was_done(tmp_path: Path) -> None:
    killed = [training(i, 10 - i) for i in (1, 2, 3, 4)]
    killed[2:2] = [validation(1, mIoU=5.0)]
    write_log(tmp_path, "20260102_000000", [training(3, 0.5), validation(2, mIoU=7.0)])
    write_log(tmp_path, "20260101_000000", [*killed, validation(2, mIoU=6.0)], end='{"lr": 0.')
    curves = read_curves(tmp_path)
    assert curves.points["loss"] == {1: 9, 2: 8, 3: 0.5}
    assert curves.points["mIoU"] == {2: 5, 3: 7}
    assert curves.points["time"] == {1: 0.5, 2: 0.5, 3: 0.5}


def test_a_run_from_the_start_replaces_all(tmp_path: Path) -> None:
    write_log(tmp_path, "1", [validation(0, AP=1), training(5, 3), training(10, 2, acc=1)])
    write_log(tmp_path, "2", [validation(0, AP=2), training(5, 4)])
    curves = read_curves(tmp_path)
    assert curves.points["loss"] == {5: 4}
    assert curves.points["AP"] == {0: 2}
    assert "acc" not in curves.points


def test_the_order_of_quantities(tmp_path: Path) -> None:
    write_log(tmp_path, "1", [training(1, 3, acc=1, loss_x=2, base_lr=1), validation(1, AP=1)])
    names = quantities([read_curves(tmp_path)])
    assert names == ["loss", "loss_x", "lr", "base_lr", "AP", "acc", "data_time", "time", "memory"]


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("loss_rpn", [3, 1, 2], ("1", "2")),
        ("coco/AP", [0.1, 0.9, 0.9], ("0.9", "2")),
        ("NME", [0.3, 0.05, 0.1], ("0.05", "2")),
        ("acc", [float("nan"), 1, 0.5], ("1", "2")),
        ("only_nan", [float("nan")], ("", "")),
        ("grad_norm", [3, 1, 2], ("", "")),
    ],
)
def test_last_and_best(
    name: str, values: list[float], best: tuple[str, str], tmp_path: Path
) -> None:
    records = [training(i, 0, **{name: value}) for i, value in enumerate(values, start=1)]
    write_log(tmp_path / "run", "1", records)
    [row] = [row for row in table_rows([read_curves(tmp_path / "run")]) if row[1] == name]
    assert row == ("run", name, f"{values[-1]:g}", *best)


def test_one_picture_of_several_runs(tmp_path: Path) -> None:
    for name in "a/run", "b/run":
        write_log(tmp_path / name, "1", [training(1, 3), training(2, 2), validation(1, AP=1)])
    write_log(tmp_path / "b/run", "2", [training(3, 1, acc=1)])
    runs = [read_curves(tmp_path / name) for name in ("a/run", "b/run")]
    plot_curves(runs, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        assert image.width == 1600
    assert {row[0] for row in table_rows(runs)} == {str(run.work_dir) for run in runs}


def test_work_dirs_without_logs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no log of a training"):
        read_curves(tmp_path)


def test_broken_logs_are_named(tmp_path: Path) -> None:
    write_log(tmp_path, "1", [], end="nonsense\n{}\n")
    with pytest.raises(UserError, match=r"scalars.json, line 1 is not json"):
        read_curves(tmp_path)
