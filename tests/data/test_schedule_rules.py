"""Schedulers that a config names."""

from typing import Any

import pytest

from tests.data.broken import CLS, DET, OCR, POSE, SEG, check_named, findings, with_options


@pytest.mark.parametrize("name", [CLS, DET, POSE, SEG])
def test_one_epoch_of_a_toy_config(name: str) -> None:
    shown = ["param_scheduler.1 (CosineAnnealingLR) has begin=1", "train_cfg.max_epochs=1:"]
    check_named(name, {"train_cfg.max_epochs": 1}, shown, "train")


ONE_CYCLE = "toy/cls_hrnet-w18-small-v1_toy-64x64.py"
SCHEDULES: list[tuple[str, dict[str, Any], list[str], bool]] = [
    (
        CLS,
        {"param_scheduler.0.end": 0},
        ["param_scheduler.0 (LinearLR)", "begin=0 and end=0"],
        True,
    ),
    (CLS, {"param_scheduler.0.begin": 40}, ["begin=40 and end=30"], True),
    (CLS, {"param_scheduler.1.begin": 18}, ["begin=18", "max_epochs=18"], True),
    (CLS, {"param_scheduler.1.begin": 20, "param_scheduler.1.end": 30}, ["begin=20"], False),
    (CLS, {"train_cfg.max_epochs": 9}, ["param_scheduler.1", "T_max=17", "T_max=8"], False),
    (
        CLS,
        {"param_scheduler": dict(type="MultiStepLR", milestones=[30, 60])},
        ["param_scheduler (MultiStepLR)", "milestones=[30, 60]", "max_epochs=18"],
        False,
    ),
    (ONE_CYCLE, {"train_cfg.max_epochs": 9}, ["total_steps=8", "total_steps=9"], True),
    (ONE_CYCLE, {"train_cfg.max_epochs": 4}, ["total_steps=8", "total_steps=4"], False),
    (OCR, {"train_cfg.max_iters": 100}, ["(PolyLR)", "end=160000", "end=100"], False),
    (OCR, {"param_scheduler.0.by_epoch": True}, ["counts epochs", "by_epoch=False"], False),
    (OCR, {"param_scheduler.0.begin": 160_000}, ["begin=160000 and end=160000"], True),
    (
        CLS,
        {"train_cfg": dict(max_epochs=18)},
        ["by_epoch=None and max_epochs=18", "by_epoch=True"],
        True,
    ),
    (CLS, {"train_cfg.by_epoch": False}, ["by_epoch=False and max_epochs=18", "max_iters"], True),
]


@pytest.mark.parametrize(("name", "options", "shown", "is_error"), SCHEDULES)
def test_schedule_that_does_not_fit_the_training(
    name: str, options: dict[str, Any], shown: list[str], is_error: bool
) -> None:
    cfg = with_options(name, options)
    found = [finding for finding in findings(cfg, "train") if finding.is_error == is_error]
    assert len(found) == 1
    assert all(text in found[0].text for text in shown), found


@pytest.mark.parametrize(
    "options",
    [
        {"param_scheduler": []},
        {"param_scheduler": dict(type="StepLR", step_size=100)},
        {"param_scheduler": dict(type="MultiStepLR", milestones=[10, 100])},
        {"param_scheduler": dict(type="LinearLR", end=10**9)},
        {"param_scheduler": dict(type="PolyLR", begin=0.5, convert_to_iter_based=True)},
        {"param_scheduler": dict(generator=dict(type="StepLR", step_size=5))},
        {"train_cfg": dict(type="EpochBasedTrainLoop", max_epochs=18)},
        {"train_cfg.max_epochs": 100},
        {"train_cfg": dict(max_iters=100), "param_scheduler": []},
    ],
    ids=str,
)
def test_schedule_that_fits(options: dict[str, Any]) -> None:
    assert not findings(with_options(CLS, options), "train")
