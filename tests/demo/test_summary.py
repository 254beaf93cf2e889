"""The summary as text and as an image."""

from pathlib import Path

import cv2
import numpy as np

from demo.kept import DemoResult
from demo.summary import write_summary
from demo.tasks import TASKS


def result(name: str, folder: Path) -> DemoResult:
    """A result with one panel less than there is place for."""
    task = TASKS[name]
    made = DemoResult(
        task=task,
        work_dir=folder,
        recipe="",
        before={metric.heading: 0.012 for metric in task.metrics},
        after={metric.heading: 0.678 for metric in task.metrics},
        seconds=123.4,
        iterations=40,
        loss=[(20, 1.5), (40, 0.5)],
        score=[(0, 0.012), (40, 0.678)],
        panels=[f"{number}.png" for number in range(task.samples - 1)],
    )
    made.predictions.mkdir(parents=True)
    for number, panel in enumerate(made.panels):
        image = np.random.default_rng(number).integers(255, size=(60, 80, 3), dtype=np.uint8)
        cv2.imwrite(str(made.predictions / panel), image)
    return made


def test_summary_has_a_section_and_a_part_for_each_task(tmp_path: Path) -> None:
    results = [result(name, tmp_path) for name in ("seg", "cls")]
    table, plot = write_summary(results, folder=tmp_path)
    text = table.read_text()
    for each in results:
        section = text.partition(f"## {each.task.name}\n")[2].partition("##")[0]
        assert str(each.checkpoint) in section
        assert "40 iterations in 123 s" in section
        for heading in each.after:
            assert heading in section
        assert section.count("0.012") == section.count("0.678") == len(each.after)
    assert "CPU" in text or "NVIDIA" in text
    assert "hrnet_mm" in text
    image = cv2.imread(str(plot))
    assert image is not None
    halves = np.array_split(image, 2)
    assert all(half.std() > 20 for half in halves)
