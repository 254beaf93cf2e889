"""Each toolbox trains on another image in the place of one that cannot be read."""

import shutil
from pathlib import Path

import pytest

from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy
from tests.reliability.disks import one_line, run_tool

pytestmark = pytest.mark.slow

IMAGES = {"cls": "classification/train/*/*"} | dict.fromkeys(
    ("pose", "det", "seg"), "leftImg8bit/train/*/*.png"
)


@pytest.mark.parametrize("task", IMAGES)
def test_a_truncated_image_is_named_or_replaced(
    task: str, toy_scenes: Path, tmp_path: Path
) -> None:
    scenes = shutil.copytree(toy_scenes, tmp_path / "toy")
    cfg = small_toy(task, scenes, log_level="WARNING", **NARROW[task])
    cfg.model.backbone.arch = ARCH
    cfg.train_dataloader.update(batch_size=2, num_workers=1)
    cfg.train_cfg.update(max_epochs=1, val_interval=5)
    cfg.param_scheduler = []
    config, work_dir = tmp_path / "config.py", tmp_path / "work"
    cfg.dump(config)
    bad = sorted(scenes.glob(IMAGES[task]))[0]
    bad.write_bytes(bad.read_bytes()[:-40])
    command = ["train.py", config, "--work-dir", work_dir]
    assert f"the image {bad} is truncated" in one_line(run_tool(*command))
    assert run_tool(*command, "--skip-bad-samples", 1) == 0
    (line,) = (work_dir / "skipped_samples.txt").read_text().splitlines()
    assert line.startswith(f"the image {bad} is truncated")
