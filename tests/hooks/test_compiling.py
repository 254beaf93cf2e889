"""CompileHook: what it compiles, when, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.model import BaseModel
from torch import Tensor

from hrnet_mm.errors import UserError
from hrnet_mm.hooks import CompileHook
from hrnet_mm.models import HRNetArch, HRNetBackbone, compiled
from hrnet_mm.models.compiled import CompiledHRModule
from hrnet_mm.models.layers import HRModule
from tests.tiny_runner import tiny_runner

TINY = HRNetArch.of_width(4, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 1, 1))


class Model(BaseModel):
    """A backbone on the points of the tiny dataset, each a colour; remembers its modules' kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = HRNetBackbone(TINY, out_indices=(0,))
        self.ran: list[tuple[str, str]] = []

    def forward(self, inputs: list[Tensor], index: Tensor, mode: str = "tensor") -> Any:
        self.ran.append((mode, type(self.backbone.stage2[0]).__name__))
        (features,) = self.backbone(torch.stack(list(inputs))[..., None, None].expand(2, 3, 32, 32))
        return {"loss": features.square().mean()} if mode == "loss" else list(index)


@pytest.fixture(autouse=True)
def _in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled: how the graphs come out is tested where the modules are."""
    monkeypatch.setattr(compiled, "_compiled_forward", lambda: HRModule.forward)


def test_compiles_after_the_first_iteration_which_is_checked(tmp_path: Path) -> None:
    runner = tiny_runner(tmp_path, model=Model(), custom_hooks=[dict(type="CompileHook")], epochs=2)
    runner.train()
    epoch = [("loss", "CompiledHRModule")] * 2 + [("predict", "CompiledHRModule")] * 2
    assert runner.model.ran == [("loss", "HRModule"), *epoch[1:], *epoch]
    names = torch.load(tmp_path / "epoch_2.pth", weights_only=False)["state_dict"]
    assert list(names) == list(Model().state_dict())


def test_a_resumed_run_compiles_too(tmp_path: Path) -> None:
    hooks: Any = dict(custom_hooks=[dict(type="CompileHook")])
    tiny_runner(tmp_path, model=Model(), **hooks).train()
    saved: Any = dict(load_from=str(tmp_path / "epoch_1.pth"), resume=True)
    runner = tiny_runner(tmp_path, model=Model(), epochs=2, **hooks, **saved)
    model: Any = runner.model
    runner.train()
    assert [kind for _, kind in model.ran] == ["HRModule"] + ["CompiledHRModule"] * 3
    assert isinstance(model.backbone.stage4[0], CompiledHRModule)


def test_without_a_compiler_nothing_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor import cpp_builder
    from torch._inductor.exc import InvalidCxxCompiler

    def search() -> str:
        raise InvalidCxxCompiler

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", search)
    runner = tiny_runner(tmp_path, model=Model(), custom_hooks=[dict(type="CompileHook")])
    with pytest.raises(UserError, match=r"there is no C\+\+ compiler: install g"):
        runner.train()
    assert runner.model.ran == []


def test_a_model_without_an_hrnet_is_refused(tmp_path: Path) -> None:
    runner = tiny_runner(tmp_path, custom_hooks=[CompileHook()])
    with pytest.raises(UserError, match="the model has no HRNetBackbone"):
        runner.train()


def test_a_config_that_compiles_all_is_refused(tmp_path: Path) -> None:
    settings: Any = dict(cfg=dict(compile=True), custom_hooks=[CompileHook()])
    runner = tiny_runner(tmp_path, model=Model(), **settings)
    with pytest.raises(UserError, match="choose one"):
        runner.train()
