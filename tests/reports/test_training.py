"""A training leaves a report; what cannot be drawn is told, and it has ended well all the same."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from mmengine.runner import Runner
from PIL import Image

from hrnet_mm.apis.sheets import TILE, Tile
from hrnet_mm.errors import UserError
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train
from hrnet_mm.reports import page
from hrnet_mm.reports.training import ReportHook
from tests.integration.toy import small_toy

Train = Callable[..., Runner]

ONE_EPOCH = {
    "train_cfg.max_epochs": 1,
    "train_cfg.val_interval": 1,
    "default_hooks.checkpoint.interval": 1,
    "param_scheduler": [],
}
BY_ITERATION = {
    "train_cfg": dict(_delete_=True, type="IterBasedTrainLoop", max_iters=2, val_interval=2),
    "default_hooks.checkpoint": dict(
        _delete_=True, type="CheckpointHook", by_epoch=False, interval=2, save_best="auto"
    ),
    "default_hooks.logger.interval": 1,
    "log_processor.by_epoch": False,
}
WITHOUT_VALIDATION = {"val_dataloader": None, "val_cfg": None, "val_evaluator": None}


@pytest.fixture
def train_toy(toy_scenes: Path, tmp_path: Path) -> Train:
    """Train a task on a few scenes in ``tmp_path / "work"``, with a report."""

    def run(task: str, *, resume: str | None = None, **options: Any) -> Runner:
        config = tmp_path / f"tiny_{task}.py"
        cfg = small_toy(task, toy_scenes)
        for key, value in {**ONE_EPOCH, **options}.items():
            cfg.merge_from_dict({key: value})
        cfg.dump(config)
        return train(
            RunOptions(config=str(config), work_dir=str(tmp_path / "work")),
            resume=resume,
            amp=False,
            auto_scale_lr=False,
            hooks=[ReportHook(command="python tools/train.py 'a b.py'")],
        )

    return run


def report(folder: Path) -> str:
    text = (folder / "work/report.md").read_text()
    with Image.open(folder / "work/report.png") as image:
        image.load()
        assert image.width == 100 * page.WIDTH
    assert not [*(folder / "work").glob(".unfinished*")]
    return text


@pytest.mark.parametrize(
    "task",
    [
        "cls",
        pytest.param("pose", marks=pytest.mark.slow),
        pytest.param("seg", marks=pytest.mark.slow),
        pytest.param("det", marks=pytest.mark.slow),
    ],
)
def test_what_a_report_tells(
    task: str, train_toy: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles: list[Tile] = []
    stock = page.samples_sheet

    def arrange(given: Sequence[Tile]) -> Any:
        tiles.extend(given)
        return stock(given)

    monkeypatch.setattr("hrnet_mm.reports.training.samples_sheet", arrange)
    train_toy(task)
    text = report(tmp_path)
    for part in (
        "Command: `python tools/train.py 'a b.py'`",
        f"config: `{tmp_path / f'tiny_{task}.py'}`",
        "1 epochs, ",
        f"`{tmp_path / 'work'}/",
        "| loss |",
        "| lr |",
        "torch 2",
        "![Samples, truth left, prediction right, and curves](report.png)",
    ):
        assert part in text
    metric = {"cls": "accuracy/top1", "pose": "coco/AP", "seg": "mIoU", "det": "coco/bbox_mAP"}
    if task != "det":  # mmdet's evaluator gives no figure where nothing is found
        assert f"| {metric[task]} |" in text
    assert len(tiles) == {"cls": 6}.get(task, 3)
    for tile in tiles:
        assert tile.image.shape[1] == 2 * TILE
        assert tile.image.std() > 10


@pytest.mark.slow
def test_a_training_by_iterations_and_its_best_checkpoint(train_toy: Train, tmp_path: Path) -> None:
    train_toy("cls", **BY_ITERATION)
    text = report(tmp_path)
    assert "\n2 iterations; this run took" in text
    assert "work/best_accuracy_top1_iter_2.pth`, accuracy/top1 " in text


@pytest.mark.slow
def test_a_resumed_training_reports_all_of_it(train_toy: Train, tmp_path: Path) -> None:
    first = train_toy("cls")
    runner = train_toy("cls", resume="auto", **{"train_cfg.max_epochs": 2})
    text = report(tmp_path)
    assert runner.iter == 2 * first.iter
    assert f"2 epochs, {runner.iter} iterations" in text
    assert ", resumed" in text
    assert "epoch_2.pth`, the last" in text


@pytest.mark.slow
def test_a_training_without_validation(train_toy: Train, tmp_path: Path) -> None:
    train_toy("cls", **WITHOUT_VALIDATION)
    text = report(tmp_path)
    assert "No samples are drawn, since the training has no val_dataloader." in text
    assert "| loss |" in text


def test_what_cannot_be_drawn_is_told(
    train_toy: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr("hrnet_mm.reports.training.predicted_samples", fail)
    train_toy("cls", vis_backends=[], **{"visualizer.vis_backends": []})
    text = report(tmp_path)
    assert "The samples could not be drawn: RuntimeError: out of memory" in text
    assert "The curves could not be drawn: " in text


def test_other_processes_write_nothing() -> None:
    hook, runner = ReportHook(command=""), Mock(spec_set=["rank"], rank=1)
    hook.before_train(runner)
    hook.after_train(runner)


@pytest.mark.slow
def test_a_report_that_cannot_be_written(
    train_toy: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hrnet_mm.reports.training.write_page", fail)
    assert train_toy("cls").iter > 0
    assert not [*(tmp_path / "work").glob("report*")]


def test_a_training_that_fails_leaves_no_report(
    train_toy: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("report.md", "report.png"):
        (tmp_path / "work").mkdir(exist_ok=True)
        (tmp_path / "work" / name).write_text("of an earlier training")
    with pytest.raises(UserError, match="diverged"):
        train_toy("cls", **{"optim_wrapper.optimizer.lr": 1e30})
    assert not [*(tmp_path / "work").glob("report*")]
