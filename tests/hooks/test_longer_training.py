"""A finished training, resumed with more epochs: the schedule of an uninterrupted one."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.hooks.resumed import (
    ADAM,
    EPOCH,
    SCHEDULES,
    SGD,
    WARMUP,
    cosine,
    said,
    train,
    two_optimizers,
)
from tests.tiny_runner import Seen, TinyDataset


def train_longer(
    folder: Path,
    schedule: Callable[[int], Any],
    *,
    short_schedule: Callable[[int], Any] | None = None,
    checkpoint: str = "epoch_3.pth",
    unit: str = "epochs",
    settings: Callable[[], dict[str, Any]] = dict,
    short_settings: Callable[[], dict[str, Any]] | None = None,
) -> tuple[dict[int, Any], dict[int, Any]]:
    """Train for 9 epochs, and for 4 that are resumed up to 9; return what both trained with."""
    uninterrupted = train(folder / "uninterrupted", schedule(9), **{unit: 9}, **settings())
    short = (short_settings or settings)()
    train(folder / "short", (short_schedule or schedule)(4), **{unit: 4}, **short)
    resume = folder / "short" / checkpoint
    written = resume.read_bytes()
    longer = train(folder / "longer", schedule(9), **{unit: 9}, **settings(), resume=resume)
    assert resume.read_bytes() == written
    return uninterrupted, longer


def rates(seen: dict[int, Any], iterations: Iterable[int]) -> list[float]:
    return [seen[iteration][0]["lr"] for iteration in iterations]


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("resumed_at", [2, 4], ids=["partial", "finished"])
def test_longer_training_has_the_rates_of_an_uninterrupted_one(
    tmp_path: Path, schedule: Callable[[int], Any], resumed_at: int
) -> None:
    uninterrupted, longer = train_longer(tmp_path, schedule, checkpoint=f"epoch_{resumed_at}.pth")
    assert list(longer) == list(range(resumed_at * EPOCH, 9 * EPOCH))
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}
    checkpoint = tmp_path / f"short/epoch_{resumed_at}.pth"
    told = [f"resuming {checkpoint}: the schedule is the config's, for the training is longer now"]
    assert said(tmp_path / "longer") == (told if schedule(9) else [])


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": ADAM},
        {"optimizer": {"type": "AdamW", "lr": 1e-3, "weight_decay": 0.05}},
        {"optimizer": {"type": "RMSprop", "lr": 1e-3}, "momentum": False},
        {"paramwise": {"norm_decay_mult": 0.0, "bias_lr_mult": 2.0}},
        {"auto_scale_lr": {"enable": True, "base_batch_size": 16}},
        {"hooks": [{"type": "EMAHook"}]},
        {"by": "iteration"},
        {"accumulate": 2},
    ],
    ids=str,
)
def test_longer_training_of_every_kind(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings = dict(settings)
    unit = "iterations" if settings.pop("by", None) else "epochs"
    momentum = settings.pop("momentum", True)

    def schedule(length: int) -> list[dict[str, Any]]:
        by_epoch = unit == "epochs"
        rate = {"type": "PolyLR", "begin": 1, "end": length, "by_epoch": by_epoch}
        momenta = cosine(length, type="CosineAnnealingMomentum", by_epoch=by_epoch)
        return [{**WARMUP, "end": 3}, rate, *[momenta] * momentum]

    checkpoint = f"{unit.removesuffix('s').replace('ation', '')}_3.pth"
    uninterrupted, longer = train_longer(
        tmp_path, schedule, checkpoint=checkpoint, unit=unit, settings=lambda: settings
    )
    assert len(longer) == 6 * (EPOCH if unit == "epochs" else 1)
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}


@pytest.mark.parametrize("is_shared", [True, False])
def test_longer_training_with_several_optimizers(tmp_path: Path, is_shared: bool) -> None:
    def schedule(epochs: int) -> Any:
        return (
            cosine(epochs)
            if is_shared
            else {"norm": cosine(epochs), "linear": [WARMUP, cosine(epochs)]}
        )

    def optimizers() -> dict[str, Any]:
        return two_optimizers(norm=torch.optim.SGD, linear=torch.optim.Adam)

    uninterrupted, longer = train_longer(tmp_path, schedule, settings=optimizers)
    assert longer == {iteration: uninterrupted[iteration] for iteration in longer}
    assert len(longer) == 6 * EPOCH


def test_longer_training_takes_a_new_rate_too_but_no_new_decay(tmp_path: Path) -> None:
    uninterrupted, longer = train_longer(
        tmp_path,
        SCHEDULES["warmup_cosine"],
        checkpoint="epoch_4.pth",
        settings=lambda: {"optimizer": {**SGD, "lr": 0.5, "weight_decay": 0.3}},
        short_settings=dict,
    )
    assert rates(longer, longer) == rates(uninterrupted, longer)
    assert {groups[0]["weight_decay"] for groups in longer.values()} == {1e-4}
    assert any(
        "optimizer.weight_decay is the checkpoint's 0.0001, not the config's 0.3" in line
        for line in said(tmp_path / "longer")
    )


@pytest.mark.parametrize(("before", "after"), [("cosine", "none"), ("none", "warmup_cosine")])
def test_longer_training_with_a_schedule_more_or_less(
    tmp_path: Path, before: str, after: str
) -> None:
    uninterrupted, longer = train_longer(
        tmp_path, SCHEDULES[after], short_schedule=SCHEDULES[before]
    )
    assert rates(longer, longer) == rates(uninterrupted, range(6, 18))


def test_resumed_again_a_longer_training_goes_on(tmp_path: Path) -> None:
    schedule = SCHEDULES["warmup_cosine"]
    uninterrupted, _ = train_longer(tmp_path, schedule, checkpoint="epoch_4.pth")
    checkpoint = tmp_path / "longer/epoch_6.pth"
    again = train(tmp_path / "again", schedule(9), epochs=9, resume=checkpoint)
    assert again == {iteration: uninterrupted[iteration] for iteration in range(12, 18)}
    assert said(tmp_path / "again") == []


def test_schedule_that_follows_a_metric_is_the_checkpoints(tmp_path: Path) -> None:
    plateau = {"type": "ReduceOnPlateauLR", "monitor": "tiny/seen", "rule": "greater"}
    schedule = [{**plateau, "patience": 0, "factor": 0.5}]
    loader = {"batch_size": 4, "num_workers": 0, "sampler": {"type": "DefaultSampler"}}
    validation = {
        "train_cfg": {"by_epoch": True, "max_epochs": 3, "val_interval": 1},
        "val_dataloader": {**loader, "dataset": TinyDataset()},
        "val_cfg": {},
        "val_evaluator": {"type": Seen, "prefix": "tiny"},
    }
    train(tmp_path / "short", schedule, **validation)
    validation["train_cfg"] = {"by_epoch": True, "max_epochs": 5, "val_interval": 1}
    checkpoint = tmp_path / "short/epoch_3.pth"
    longer = train(tmp_path / "longer", schedule, resume=checkpoint, **validation)
    # Epoch 3's checkpoint is older than its validation.
    assert rates(longer, (6, 8)) == [0.05, 0.025]
    assert said(tmp_path / "longer") == []


def test_checkpoint_without_a_schedule_takes_the_config_s(tmp_path: Path) -> None:
    uninterrupted = train(tmp_path / "uninterrupted", cosine(4), epochs=4)
    without = {"type": "CheckpointHook", "interval": 1, "save_optimizer": False}
    train(
        tmp_path / "short",
        cosine(4),
        epochs=4,
        default_hooks={"checkpoint": {**without, "save_param_scheduler": False}},
    )
    rest = train(tmp_path / "rest", cosine(4), epochs=4, resume=tmp_path / "short/epoch_2.pth")
    assert rest == {iteration: uninterrupted[iteration] for iteration in range(4, 8)}


# The config of the file
