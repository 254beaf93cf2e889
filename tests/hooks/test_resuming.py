"""A changed config and a checkpoint: what is overridden or refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader
from torch import nn

from hrnet_mm.errors import UserError
from tests.hooks.resumed import ADAM, SCHEDULES, SGD, WARMUP, cosine, said, train, two_optimizers


def test_text_of_a_config_in_a_file_is_not_run(tmp_path: Path) -> None:
    train(tmp_path / "a", SCHEDULES["cosine"](2), epochs=1)
    path = tmp_path / "a" / "epoch_1.pth"
    checkpoint = CheckpointLoader.load_checkpoint(str(path))
    checkpoint["meta"]["config"] = f"open({str(tmp_path / 'ran')!r}, 'w')"
    torch.save(checkpoint, path)
    train(tmp_path / "b", SCHEDULES["cosine"](2), epochs=2, resume=path)
    assert not (tmp_path / "ran").exists()


# The same length: the checkpoint's values


def test_unchanged_config_resumes_without_a_word(tmp_path: Path) -> None:
    for name, schedule in SCHEDULES.items():
        uninterrupted = train(tmp_path / name, schedule(3), epochs=3)
        for is_auto in (False, True):
            again = tmp_path / f"{name}_{is_auto}"
            checkpoint: Path | bool = tmp_path / name / "epoch_1.pth"
            if is_auto:
                again.mkdir()
                (again / "last_checkpoint").write_text(str(checkpoint))
                checkpoint = True
            rest = train(again, schedule(3), epochs=3, resume=checkpoint)
            assert rest == {iteration: uninterrupted[iteration] for iteration in range(2, 6)}, name
            assert said(again) == [], name


LR = "optimizer.lr is the checkpoint's 0.1, not the config's"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({}, {"optimizer": {**SGD, "lr": 0.2}}, [f"{LR} 0.2"]),
        ({"schedule": None}, {"schedule": None, "optimizer": {**SGD, "lr": 0.2}}, [f"{LR} 0.2"]),
        (
            {},
            {"optimizer": {**SGD, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True}},
            [
                "optimizer.momentum is the checkpoint's 0.9, not the config's 0.5",
                "optimizer.nesterov is the checkpoint's False, not the config's True",
                "optimizer.weight_decay is the checkpoint's 0.0001, not the config's 0.1",
            ],
        ),
        (
            {"optimizer": ADAM},
            {"optimizer": {**ADAM, "betas": [0.8, 0.99]}},
            ["optimizer.betas is the checkpoint's [0.9, 0.999], not the config's [0.8, 0.99]"],
        ),
        ({"optimizer": ADAM}, {"optimizer": {**ADAM, "betas": [0.9, 0.999]}}, []),
        (
            {"paramwise": {"bias_lr_mult": 2.0}},
            {"paramwise": {"bias_lr_mult": 3.0}},
            ["optimizer.lr is the checkpoint's 0.2, not the config's 0.3"],
        ),
        (
            {"schedule": [WARMUP, {"type": "MultiStepLR", "milestones": [1, 2], "gamma": 0.1}]},
            {"schedule": [WARMUP, {"type": "MultiStepLR", "milestones": [1], "gamma": 0.5}]},
            [
                "gamma of param_scheduler.1 (MultiStepLR) is the checkpoint's 0.1, not the "
                "config's 0.5",
                "milestones of param_scheduler.1 (MultiStepLR) is the checkpoint's [1, 2], not "
                "the config's [1]",
            ],
        ),
        (
            {"schedule": WARMUP},
            {"schedule": {**WARMUP, "end": 4, "start_factor": 0.1}},
            [
                "end of param_scheduler.0 (LinearLR) is the checkpoint's 5, not the config's 4",
                "start_factor of param_scheduler.0 (LinearLR) is the checkpoint's 0.01, not the "
                "config's 0.1",
            ],
        ),
        (
            {"schedule": cosine(3)},
            {"schedule": cosine(2), "epochs": 2},  # shorter
            [
                "T_max of param_scheduler.0 (CosineAnnealingLR) is the checkpoint's 3, not the "
                "config's 2",
                "end of param_scheduler.0 (CosineAnnealingLR) is the checkpoint's 3, not the "
                "config's 2",  # mmengine's default is max_epochs
            ],
        ),
        (
            {"schedule": {"type": "OneCycleLR", "eta_max": 0.1, "total_steps": 5}},
            {"schedule": {"type": "OneCycleLR", "eta_max": 0.2, "total_steps": 5}},
            [
                "eta_max of param_scheduler.0 (OneCycleLR) is the checkpoint's 0.1, not the "
                "config's 0.2",
                "optimizer.lr",
                "optimizer.max_lr is the checkpoint's 0.1, not the config's 0.2",
                "optimizer.min_lr",
            ],
        ),
    ],
)
def test_values_that_the_checkpoint_overrides_are_named(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], lines: list[str]
) -> None:
    common = {"schedule": {"type": "StepLR", "step_size": 2}, "epochs": 3}
    uninterrupted = train(tmp_path / "uninterrupted", **{**common, **before})
    checkpoint = tmp_path / "uninterrupted/epoch_1.pth"
    rest = train(tmp_path / "rest", **{**common, **after}, resume=checkpoint)
    told = said(tmp_path / "rest")
    anew = (
        "to start anew from its weights, train without --resume and with --cfg-options "
        f"load_from={checkpoint} resume=False"
    )
    expected = [f"resuming {checkpoint}: {line}" for line in [*lines, *[anew] * bool(lines)]]
    assert len(told) == len(expected)
    for line, start in zip(sorted(told), sorted(expected), strict=True):
        assert line.startswith(start)
    assert rest == {iteration: uninterrupted[iteration] for iteration in rest}


def test_weights_alone_are_loaded_without_a_word(tmp_path: Path) -> None:
    train(tmp_path / "first", cosine(3), epochs=3)
    checkpoint = str(tmp_path / "first/epoch_3.pth")
    train(tmp_path / "second", None, epochs=1, optimizer=ADAM, load_from=checkpoint)
    assert said(tmp_path / "second") == []


# What is refused


class OtherModel(BaseModel):
    """Has a layer less."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, inputs: Sequence[torch.Tensor], index: Any, mode: str = "tensor") -> Any:
        return {"loss": self.linear(torch.stack(list(inputs))).square().mean()}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({}, {"optimizer": ADAM}, "its optimizer is SGD; the config's, Adam;"),
        ({"optimizer": ADAM}, {}, "its optimizer is Adam; the config's, SGD;"),
        (
            {"optimizer": ADAM},
            {"optimizer": {**ADAM, "type": "AdamW"}},
            "its optimizer is Adam; the config's, AdamW;",
        ),
        (
            {"custom_hooks": []},  # as mmengine alone writes it
            {"optimizer": ADAM},
            "its optimizer is one with dampening, momentum, nesterov; the config's, Adam with "
            "amsgrad, betas",
        ),
        (
            {},
            {"paramwise": {"norm_decay_mult": 0.0}},
            "its optimizer has 4 parameters in groups of 4; the config's, 4 parameters in groups "
            "of 1 (4 times) (what is frozen",
        ),
        (
            {},
            {"model": OtherModel()},
            "its optimizer has 4 parameters in groups of 4; the config's, 2 parameters in groups "
            "of 2 (what",
        ),
        (
            {},
            {"schedule": cosine(3)},
            "its param_scheduler is lr by ",
        ),
        ({}, {"schedule": None}, "the config's, none;"),
        ({}, {"schedule": [WARMUP, {"type": "StepLR", "step_size": 2}]}, "the config's, lr by "),
        (
            {},
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            "its optimizers are one without a name; the config's, norm, linear;",
        ),
        (
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            two_optimizers(norm=torch.optim.SGD),
            "its optimizers are norm, linear; the config's, norm;",
        ),
        (
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.SGD),
            two_optimizers(norm=torch.optim.SGD, linear=torch.optim.Adam),
            "its linear.optimizer is SGD; the config's, Adam;",
        ),
    ],
)
def test_what_cannot_be_resumed_is_refused_before_a_step(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], why: str
) -> None:
    common = {"schedule": {"type": "StepLR", "step_size": 2}, "epochs": 2}
    train(tmp_path / "first", **{**common, **before})
    checkpoint = tmp_path / "first/epoch_1.pth"
    written = checkpoint.read_bytes()
    with pytest.raises(UserError) as caught:
        train(tmp_path / "second", **{**common, **after}, resume=checkpoint)
    message = str(caught.value)
    assert message.startswith(f"cannot resume {checkpoint}: ")
    assert why in message
    assert message.endswith(f"--cfg-options load_from={checkpoint} resume=False")
    assert "\n" not in message
    assert checkpoint.read_bytes() == written
    assert not list((tmp_path / "second").glob("*.pth"))


@pytest.mark.parametrize("kept", [["state_dict"], ["state_dict", "meta"]], ids=str)
def test_weights_alone_are_no_training_to_resume(kept: list[str], tmp_path: Path) -> None:
    train(tmp_path / "first", None, epochs=1)
    content = torch.load(tmp_path / "first/epoch_1.pth", weights_only=False)
    weights = tmp_path / "weights.pth"
    torch.save({key: content[key] for key in kept}, weights)
    with pytest.raises(UserError, match="it has weights, but no state of a training; to start"):
        train(tmp_path / "second", None, epochs=1, resume=weights)
