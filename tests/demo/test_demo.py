"""The demo from training to summary, on a few scenes."""

import dataclasses
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import torch

from hrnet_mm.demo import TASKS, run_task, write_summary
from tests.integration.toy import small_toy_pose


def test_demo_leaves_a_checkpoint_a_table_and_a_picture(toy_scenes: Path, tmp_path: Path) -> None:
    options = {
        "train_cfg.max_epochs": 2,
        "train_cfg.val_interval": 1,
        "default_hooks.logger.interval": 1,
        "default_hooks.checkpoint.interval": 1,
    }
    config = tmp_path / "tiny_demo.py"  # not the name of another run of this second
    small_toy_pose(toy_scenes, **options).dump(config)
    task = dataclasses.replace(TASKS["pose"], config=str(config))
    with redirect_stdout(io.StringIO()):
        result = run_task(task, work_dir=tmp_path / "demo", num_panels=2)
    table, picture = write_summary([result], folder=tmp_path / "demo")

    assert result.after.keys() == {"AP", "AP50", "AP75", "AR"}
    assert result.score[0][0] == 0
    assert len(result.loss) == result.iterations
    weights = torch.load(result.checkpoint, weights_only=True)["state_dict"]
    assert "backbone.conv1.weight" in weights

    text = table.read_text()
    assert f"{result.after['AR']:.3f}" in text
    assert str(result.checkpoint) in text
    assert "CPU" in text or "NVIDIA" in text
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.std() > 20

    people = json.loads((toy_scenes / "annotations/person_keypoints_val.json").read_text())
    files = {image["file_name"] for image in people["images"]}
    assert len(result.panels) == min(2, len(files))
    height, width = 240, 320
    for panel in result.panels:
        assert panel.shape == (height, 2 * width, 3)
        truth, prediction = panel[:, :width], panel[:, width:]
        assert np.any(truth != prediction)
