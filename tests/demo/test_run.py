"""A task of the demo from training to the summary, on a few scenes."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from rich.console import Console

from demo.kept import DemoResult, kept_result
from demo.run import run_task
from demo.screen import Row, Screen
from demo.tasks import TASKS, DemoTask, in_order


def run(task: DemoTask, work_dir: Path) -> DemoResult:
    row = Row(name=task.name)
    screen = Screen(console=Console(file=io.StringIO()), rows=[row])
    result = kept_result(task, work_dir=work_dir, seed=0)
    with redirect_stdout(io.StringIO()):
        run_task(result, seed=0, screen=screen, row=row)
    return result


def test_what_a_task_starts_from_is_trained_before_it() -> None:
    def names(*tasks: str) -> list[str]:
        return [task.name for task in in_order([TASKS[name] for name in tasks])]

    assert names(*TASKS) == ["pose", "cls", "seg", "det"]
    assert names("pose") == ["pose"]
    assert names("det") == ["cls", "seg", "det"]
    assert names("det", "seg", "cls") == ["cls", "seg", "det"]


@pytest.mark.parametrize("name", TASKS)
def test_task_leaves_a_checkpoint_and_drawings(
    name: str, tiny_task: Callable[[str], DemoTask], tmp_path: Path
) -> None:
    result = run(tiny_task(name), tmp_path / "demo")
    headings = [metric.heading for metric in TASKS[name].metrics]
    assert list(result.before) == list(result.after) == headings
    assert all(0 <= value <= 1 for value in result.after.values())
    epoch = result.iterations // 2
    assert result.score[0] == (0, result.before[headings[0]])
    assert [iteration for iteration, _ in result.score] == [0, epoch, 2 * epoch]
    assert result.score[-1][1] == result.after[headings[0]]
    assert [iteration for iteration, _ in result.loss] == [*range(1, result.iterations + 1)]
    weights = torch.load(result.checkpoint, weights_only=True)["state_dict"]
    assert "backbone.conv1.weight" in weights

    assert len(result.panels) == 2
    for file in result.panels:
        panel = cv2.imread(str(result.predictions / file))
        assert panel is not None
        assert panel.std() > 10
        truth, prediction = np.hsplit(panel, 2)
        assert np.any(truth != prediction)
