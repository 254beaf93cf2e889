"""A part of a model loads as in stock; hooks read a checkpoint as the model will."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.model import BaseModel
from mmengine.runner import FlexibleRunner, Runner, load_checkpoint
from mmpretrain.engine.hooks import EMAHook as PretrainEMAHook
from torch import Tensor, nn

from hrnet_mm.checkpoint.loading import needs_fitting
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetArch, HRNetBackbone
from tests.checkpoint.models import assert_same_weights
from tests.models.stock import randomise

TINY = HRNetArch.of_width(2, stage1_channels=2, stage1_blocks=1, blocks=1, modules=(1, 1, 1))


class Classifier(BaseModel):
    """A backbone, a neck and a head of some classes."""

    def __init__(self, classes: int = 4, *, backbone: str = "backbone") -> None:
        super().__init__()
        self.add_module(backbone, HRNetBackbone(TINY, out_indices=(0,)))
        self.neck = nn.Linear(2, 3)
        self.head = nn.Linear(3, classes)
        randomise(self)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(self.neck(inputs))


def part_of(weights: dict[str, Tensor], *prefixes: str) -> dict[str, Tensor]:
    return {name: weight for name, weight in weights.items() if name.startswith(prefixes)}


PARTS = [("head.",), ("neck.",), ("neck.", "head."), ("head.weight",), ("backbone.layer1.",)]


@pytest.mark.parametrize("extra", [{}, {"other.weight": torch.ones(1)}], ids=["", "extra"])
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_part_of_a_model_loads_as_in_stock(
    part: tuple[str, ...], prefix: str, extra: dict[str, Tensor], tmp_path: Path
) -> None:
    weights = part_of(Classifier().state_dict(), *part)
    content = {prefix + name: weight for name, weight in (weights | extra).items()}
    path = tmp_path / "part.pth"
    torch.save({"state_dict": content}, path)
    model = Classifier()
    assert not needs_fitting(model, content)
    expected = {**model.state_dict(), **weights}
    expected = {name: weight.clone() for name, weight in expected.items()}
    load_checkpoint(model, str(path), strict=False)
    assert_same_weights(model.state_dict(), expected)
    with pytest.raises(RuntimeError, match="missing keys"):
        load_checkpoint(model, str(path), strict=True)


def test_a_head_of_two_streams_loads_as_in_stock() -> None:
    weights = part_of(Classifier(backbone="rgb").state_dict(), "head.")
    assert not needs_fitting(Classifier(backbone="rgb"), weights)


def test_a_head_of_other_classes_is_left_out_as_in_stock(tmp_path: Path) -> None:
    weights = part_of(Classifier(6).state_dict(), "neck.", "head.")
    torch.save(weights, tmp_path / "part.pth")
    model = Classifier(4)
    head = model.head.weight.clone()
    load_checkpoint(model, str(tmp_path / "part.pth"))
    assert torch.equal(model.neck.weight, weights["neck.weight"])
    assert torch.equal(model.head.weight, head)


FOREIGN = {
    "nothing fits": {"fc.weight": torch.ones(2)},
    "a ResNet": {"conv1.weight": torch.ones(64, 3, 7, 7), "layer4.0.conv1.weight": torch.ones(1)},
    "a detector's ResNet": {
        "backbone.layer4.0.conv1.weight": torch.ones(1),
        "head.weight": torch.ones(4, 3),
    },
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_net_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "foreign.pth"
    torch.save(FOREIGN[kind], path)
    with pytest.raises(CheckpointError, match=r"foreign\.pth: it holds no HRNet but the keys"):
        load_checkpoint(Classifier(), str(path))


# Hooks that read a checkpoint before the model does


class CopyingHook(EMAHook):
    """A user's own: all weights at once, and no others."""

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        self.ema_model.module.load_state_dict(checkpoint["state_dict"], strict=False)


HOOKS = [EMAHook, PretrainEMAHook, CopyingHook]


def own_file(path: Path, *, classes: int, averaged: bool) -> dict[str, Tensor]:
    weights = Classifier(classes).state_dict()
    content: dict[str, Any] = {"state_dict": weights, "meta": {}}
    if averaged:
        ema = {f"module.{n}": w for n, w in Classifier(classes).state_dict().items()}
        content["ema_state_dict"] = {"steps": torch.tensor(7), **ema}
    torch.save(content, path)
    return weights


def average_of(hook: EMAHook) -> dict[str, Tensor]:
    return hook.ema_model.module.state_dict()


@pytest.mark.parametrize("averaged", [False, True], ids=["plain", "averaged"])
@pytest.mark.parametrize("kind", HOOKS)
def test_averages_start_from_a_file_of_other_classes(
    kind: type[EMAHook], averaged: bool, tmp_path: Path
) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=6, averaged=averaged)
    model, hook = Classifier(4), kind()
    head = part_of(model.state_dict(), "head.")
    expected = {name: w.clone() for name, w in (weights | head).items()}
    runner = Runner(model=model, work_dir=str(tmp_path), load_from=str(path), custom_hooks=[hook])
    runner.call_hook("before_run")
    runner.load_or_resume()
    assert_same_weights(model.state_dict(), expected)
    assert_same_weights(average_of(hook), expected)


@pytest.mark.parametrize("kind", HOOKS)
def test_averages_start_from_a_bare_backbone(kind: type[EMAHook], tmp_path: Path) -> None:
    weights: dict[str, Tensor] = Classifier().backbone.state_dict()  # type: ignore
    torch.save(weights, tmp_path / "backbone.pth")
    model, hook = Classifier(4), kind()
    runner = Runner(
        model=model,
        work_dir=str(tmp_path),
        load_from=str(tmp_path / "backbone.pth"),
        custom_hooks=[hook],
    )
    runner.call_hook("before_run")
    runner.load_or_resume()
    average = average_of(hook)
    assert_same_weights({n: average[f"backbone.{n}"] for n in weights}, weights)


def test_own_averages_are_read_as_in_stock(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=4, averaged=True)
    hook = PretrainEMAHook()
    runner = Runner(
        model=Classifier(4), work_dir=str(tmp_path), load_from=str(path), custom_hooks=[hook]
    )
    runner.call_hook("before_run")
    runner.load_or_resume()
    assert hook.load_ema_from_ckpt
    assert_same_weights(average_of(hook), weights)


def test_averages_of_a_flexible_runner(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=6, averaged=True)
    hook = PretrainEMAHook()
    runner: Any = FlexibleRunner(
        model=Classifier(4), work_dir=str(tmp_path), load_from=str(path), custom_hooks=[hook]
    )
    runner.model = runner.strategy.prepare(runner.model)
    runner.call_hook("before_run")
    runner.load_or_resume()
    expected = part_of(weights, "backbone.", "neck.")
    assert_same_weights(part_of(average_of(hook), "backbone.", "neck."), expected)
    assert_same_weights(part_of(runner.model.state_dict(), "backbone.", "neck."), expected)
