"""What ranks poses. That it is mmpose's ranking: tests/apis/test_pose_scores.py."""

from typing import Any

import numpy as np
import pytest

from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.errors import UserError


def test_a_mode_that_does_not_exist_is_refused() -> None:
    mode: Any = "best"
    with pytest.raises(UserError, match=r"nms_mode 'best' of the test_evaluator: choose from"):
        PoseScores(nms_mode=mode, sigmas=(0.05,))


def test_soft_suppression_keeps_twenty_poses() -> None:
    keypoints = np.arange(25.0)[:, None, None] * np.ones((25, 3, 2))
    scores = PoseScores(nms_mode="soft_oks_nms", sigmas=(0.05,) * 3)
    assert len(scores.kept(keypoints, np.linspace(0, 1, 25), np.full(25, 100.0))) == 20
