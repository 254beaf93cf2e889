"""A training whose loss stays NaN or infinite ends with an error and its last good checkpoint."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch.amp.grad_scaler import GradScaler

from hrnet_mm.errors import UserError
from hrnet_mm.hooks import DivergenceHook
from tests.tiny_runner import Seen, TinyDataset, TinyModel, tiny_runner

NOT_FINITE = [math.nan, math.inf, -math.inf]
BY_EPOCH = {"checkpoint": {"type": "CheckpointHook", "interval": 1, "max_keep_ckpts": 1}}
BY_ITERATION = {
    "checkpoint": {
        "type": "CheckpointHook",
        "interval": 1,
        "max_keep_ckpts": 1,
        "by_epoch": False,
    }
}


class GoesBad(TinyModel):
    """Adds a number to the losses of some iterations; the gradients stay as they are."""

    def __init__(
        self, bad: Sequence[int] = (), value: float = math.nan, name: str = "loss"
    ) -> None:
        super().__init__()
        self.bad, self.value, self.name = bad, value, name
        self.iterations = 0

    def forward(self, inputs: Any, index: torch.Tensor, mode: str = "tensor") -> Any:
        out = super().forward(inputs, index, mode)
        if mode != "loss":
            return out
        self.iterations += 1
        value = self.value if self.iterations in self.bad else 0.0
        return {self.name: out["loss"] + value, "accuracy": torch.tensor(math.nan)}


class PoisonsWeights(GoesBad):
    """Multiplies the losses instead, so that the weights take harm with the first."""

    def forward(self, inputs: Any, index: torch.Tensor, mode: str = "tensor") -> Any:
        out = TinyModel.forward(self, inputs, index, mode)
        if mode != "loss":
            return out
        self.iterations += 1
        return {self.name: out["loss"] * (self.value if self.iterations in self.bad else 1.0)}


def runner_for(folder: Path, model: TinyModel, *, patience: int = 20, **settings: Any) -> Runner:
    defaults: dict[str, Any] = {
        "model": model,
        "epochs": 10,  # of two iterations
        "custom_hooks": [{"type": "hrnet_mm.DivergenceHook", "patience": patience}],
        "default_hooks": BY_EPOCH,
        "val_dataloader": None,
        "val_cfg": None,
        "val_evaluator": None,
    }
    return tiny_runner(folder, **{**defaults, **settings})


def iterations(number: int) -> dict[str, Any]:
    return {
        "train_cfg": {"by_epoch": False, "max_iters": number, "val_interval": 1000},
        "default_hooks": BY_ITERATION,
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 0,
            "sampler": {"type": "InfiniteSampler", "shuffle": False},
            "dataset": TinyDataset(),
        },
    }


def checkpoints(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pth"))


# When it stops


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("loop", [{}, iterations(20)], ids=["by_epoch", "by_iteration"])
@pytest.mark.parametrize("name", ["loss", "loss_kpt"])
def test_stops_after_that_many_in_a_row(
    tmp_path: Path, value: float, loop: dict[str, Any], name: str
) -> None:
    model = GoesBad(range(6, 1000), value, name)
    runner = runner_for(tmp_path, model, patience=7, **loop)
    with pytest.raises(UserError) as caught:
        runner.train()
    message = str(caught.value)
    assert model.iterations == 12
    assert "at iteration 12: the loss was not finite 7 iterations in a row" in message
    assert "since iteration 6: " in message
    assert f"{name}={value}" in message
    assert "accuracy" not in message
    assert "\n" not in message
    last = "iter_5.pth" if loop else "epoch_2.pth"
    assert message.endswith(f"the last good checkpoint is {tmp_path}/{last}")
    assert checkpoints(tmp_path) == [last]
    assert (tmp_path / "last_checkpoint").read_text() == f"{tmp_path}/{last}"


@pytest.mark.parametrize(
    "bad",
    [
        [1],
        [4],  # the last of an epoch, where a checkpoint is due
        [5, 6, 7],
        [1, 2, 4, 5, 7, 8, 10, 11],  # a finite one between
        [17, 18, 19],
    ],
)
@pytest.mark.parametrize("loop", [{}, iterations(20)], ids=["by_epoch", "by_iteration"])
def test_goes_on_after_fewer(tmp_path: Path, bad: list[int], loop: dict[str, Any]) -> None:
    model = GoesBad(bad)
    runner_for(tmp_path, model, patience=4, **loop).train()
    assert model.iterations == 20
    assert checkpoints(tmp_path) == ["iter_20.pth" if loop else "epoch_10.pth"]


@pytest.mark.parametrize("loop", [{}, iterations(20)], ids=["by_epoch", "by_iteration"])
def test_training_shorter_than_the_patience_fails_at_its_end(
    tmp_path: Path, loop: dict[str, Any]
) -> None:
    runner = runner_for(tmp_path, GoesBad(range(16, 1000)), patience=100, **loop)
    with pytest.raises(UserError, match=r"when the training ended \(since iteration 16: loss=nan"):
        runner.train()
    assert checkpoints(tmp_path) == ["iter_15.pth" if loop else "epoch_7.pth"]


def test_patience_is_positive() -> None:
    with pytest.raises(UserError, match="patience=0; give at least 1"):
        DivergenceHook(patience=0)


# Weights that are lost


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("saving", [BY_EPOCH, BY_ITERATION], ids=["by_epoch", "by_iteration"])
@pytest.mark.parametrize("averaged", [False, True], ids=["plain", "ema"])
def test_broken_weights_are_not_saved(
    tmp_path: Path, value: float, saving: dict[str, Any], averaged: bool
) -> None:
    hooks: list[dict[str, Any]] = [{"type": "hrnet_mm.DivergenceHook"}]
    hooks += [{"type": "EMAHook", "begin_iter": 2}] * averaged
    runner = runner_for(
        tmp_path, PoisonsWeights([6], value), custom_hooks=hooks, default_hooks=saving
    )
    with pytest.raises(UserError, match=r"4 of the model's tensors are not finite, linear\.bias"):
        runner.train()
    last = "iter_5.pth" if saving is BY_ITERATION else "epoch_2.pth"
    assert checkpoints(tmp_path) == [last]
    kept = torch.load(tmp_path / last, weights_only=False)["state_dict"]
    assert all(weight.isfinite().all() for weight in kept.values())


class BreaksWithoutAWord(TinyModel):
    """Has a finite loss of zero whose gradient is infinite, at one iteration."""

    iterations = 0

    def forward(self, inputs: Any, index: torch.Tensor, mode: str = "tensor") -> Any:
        out = super().forward(inputs, index, mode)
        if mode == "loss":
            self.iterations += 1
            if self.iterations == 4:
                out["loss"] = (self.linear.weight - self.linear.weight).abs().sqrt().sum()
        return out


def test_weights_broken_after_the_last_loss_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"iteration 4: 1 of .* not finite, linear\.weight first"):
        runner_for(tmp_path, BreaksWithoutAWord()).train()
    assert checkpoints(tmp_path) == ["epoch_1.pth"]


def test_stops_before_the_validation_of_broken_weights(tmp_path: Path) -> None:
    validated: list[int] = []

    class Validated(PoisonsWeights):
        def forward(self, inputs: Any, index: torch.Tensor, mode: str = "tensor") -> Any:
            if mode == "predict":
                validated.append(self.iterations)
            return super().forward(inputs, index, mode)

    never = {"checkpoint": {"type": "CheckpointHook", "interval": -1, "save_best": "tiny/seen"}}
    never["checkpoint"] |= {"rule": "greater"}
    loader = {"batch_size": 4, "num_workers": 0, "sampler": {"type": "DefaultSampler"}}
    runner = runner_for(
        tmp_path,
        Validated([3]),
        default_hooks=never,
        val_dataloader={**loader, "dataset": TinyDataset()},
        val_cfg={},
        val_evaluator={"type": Seen, "prefix": "tiny"},
    )
    with pytest.raises(UserError, match=r"the last good checkpoint is .*best_tiny_seen_epoch_1"):
        runner.train()
    assert set(validated) == {2}
    assert checkpoints(tmp_path) == ["best_tiny_seen_epoch_1.pth"]


def test_buffers_that_are_infinite_from_the_start_are_no_fault(tmp_path: Path) -> None:
    model = TinyModel()
    model.register_buffer("mask", torch.tensor([0.0, -math.inf]))
    runner_for(tmp_path, model).train()
    assert checkpoints(tmp_path) == ["epoch_10.pth"]


# Loss scaling


class ScaledOptimWrapper(OptimWrapper):
    """Scales the loss as AmpOptimWrapper does on a GPU, by PyTorch's own scaler."""

    def __init__(self, scale: float = 65536.0, is_fixed: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.loss_scaler = GradScaler("cpu", init_scale=scale)
        self.new_scale = scale if is_fixed else None

    def backward(self, loss: torch.Tensor, **settings: Any) -> None:
        super().backward(self.loss_scaler.scale(loss), **settings)

    def step(self, **settings: Any) -> None:
        self.loss_scaler.step(self.optimizer, **settings)
        self.loss_scaler.update(self.new_scale)


@pytest.mark.parametrize(
    ("settings", "stops_after"),
    [
        ({}, 16 + 5),  # the 17th halving leaves less than one
        ({"scale": 4.0}, 2 + 5),
        ({"scale": 0.5}, 5),
        ({"is_fixed": True}, 5),
        ({"scale": 4.0, "accumulative_counts": 2}, 4 + 5),  # two halvings
    ],
)
def test_skipped_steps_do_not_count(
    tmp_path: Path, settings: dict[str, Any], stops_after: int
) -> None:
    model = PoisonsWeights(range(5, 1000))
    optimizer = {"type": "SGD", "lr": 0.01}
    runner = runner_for(
        tmp_path,
        model,
        patience=5,
        epochs=50,
        optim_wrapper={"type": ScaledOptimWrapper, "optimizer": optimizer, **settings},
        default_hooks={"checkpoint": {"type": "CheckpointHook", "interval": 50}},
    )
    with pytest.raises(UserError, match=r"not finite 5 iterations in a row \(since iteration 5: "):
        runner.train()
    assert model.iterations == 4 + stops_after
