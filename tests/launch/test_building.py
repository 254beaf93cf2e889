"""A runner is built of a config without faults alone."""

import pytest

from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from tests.data.broken import CLS, with_options


def test_faults_are_told_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"train_cfg.max_epochs": 1, "val_evaluator.topk": (1, 7)}
    monkeypatch.setattr("hrnet_mm.launch.building.build_runner", pytest.fail)
    with pytest.raises(UserError) as error:
        build_checked_runner(with_options(CLS, options), splits=("train", "val"))
    lines = str(error.value).splitlines()
    assert any(line.startswith("param_scheduler.1") for line in lines)
    assert any(line.startswith("val_evaluator.topk") for line in lines)
