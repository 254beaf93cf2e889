"""The demo from training to summary, on a few scenes."""

import dataclasses
import io
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from demo.run import DemoResult, in_order, run_task
from demo.summary import write_summary
from demo.tasks import TASKS
from tests.integration.toy import small_toy


def run(name: str, toy_scenes: Path, folder: Path) -> DemoResult:
    """Run a task of the demo for two epochs."""
    options = {
        "train_cfg.max_epochs": 2,
        "train_cfg.val_interval": 1,
        "default_hooks.logger.interval": 1,
        "default_hooks.checkpoint.interval": 1,
    }
    config = folder / f"tiny_{name}.py"  # not the name of another run of this second
    small_toy(name, toy_scenes, **options).dump(config)
    task = dataclasses.replace(TASKS[name], config=str(config), grid=(1, 2), pretrained_by=None)
    with redirect_stdout(io.StringIO()):
        return run_task(task, work_dir=folder / "demo")


def test_what_a_task_starts_from_is_trained_before_it(tmp_path: Path) -> None:
    def names(*tasks: str) -> list[str]:
        return [t.name for t in in_order([TASKS[name] for name in tasks], work_dir=tmp_path)]

    assert names(*TASKS) == ["pose", "cls", "seg", "det"]
    assert names("pose") == ["pose"]
    assert names("det") == ["cls", "det"]
    assert names("det", "seg", "cls") == ["cls", "det", "seg"]
    TASKS["cls"].checkpoint(tmp_path).touch()
    assert names("det") == ["det"]
    assert names("det", "cls") == ["cls", "det"]


@pytest.mark.parametrize("name", TASKS)
def test_task_leaves_a_checkpoint_and_drawings(name: str, toy_scenes: Path, tmp_path: Path) -> None:
    result = run(name, toy_scenes, tmp_path)
    headings = [metric.heading for metric in TASKS[name].metrics]
    assert list(result.before) == list(result.after) == headings
    assert all(0 <= value <= 1 for value in result.after.values())
    assert result.score[0][0] == 0
    assert result.score[-1][1] == pytest.approx(result.after[headings[0]], abs=1e-4)
    assert len(result.loss) == result.iterations
    weights = torch.load(result.checkpoint, weights_only=True)["state_dict"]
    assert "backbone.conv1.weight" in weights

    files = [*(tmp_path / "demo" / name / "predictions").glob("*.png")]
    assert len(files) == len(result.panels) == 2
    for panel in result.panels:
        assert panel.std() > 10
        if name != "cls":  # whose truth and prediction are text in one image
            height, width = 240, 320
            assert panel.shape == (height, 2 * width, 3)
            truth, prediction = panel[:, :width], panel[:, width:]
            assert np.any(truth != prediction)


def test_summary_has_a_section_and_a_panel_for_each_task(toy_scenes: Path, tmp_path: Path) -> None:
    results = [run(name, toy_scenes, tmp_path) for name in ("seg", "cls")]
    table, plot = write_summary(results, folder=tmp_path)
    text = table.read_text()
    for result in results:
        section = text.partition(f"## {result.task.name}\n")[2].partition("##")[0]
        assert str(result.checkpoint) in section
        for heading, value in result.after.items():
            assert heading in section
            assert f"{value:.3f}" in section
            assert f"{result.before[heading]:.3f}" in section
    assert "CPU" in text or "NVIDIA" in text
    assert "mmseg" in text
    image = cv2.imread(str(plot))
    assert image is not None
    halves = np.array_split(image, 2)
    assert all(half.std() > 20 for half in halves)
