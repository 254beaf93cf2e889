"""AmpOptimWrapper trains in bfloat16 on the CPU, and resumes."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from mmengine.device import get_device
from mmengine.optim import AmpOptimWrapper

from hrnet_mm.checkpoint import reading
from hrnet_mm.compat import cpu_autocast
from hrnet_mm.post_import import install
from tests.tiny_runner import TinyModel, run_python, tiny_runner

install([cpu_autocast.REPAIR, *reading.PATCHES])

on_cpu = pytest.mark.skipif(get_device() != "cpu", reason="there is an accelerator")


def wrapper(**settings: Any) -> AmpOptimWrapper:
    return AmpOptimWrapper(optimizer=torch.optim.SGD([torch.zeros(1)], lr=0.1), **settings)


@on_cpu
@pytest.mark.parametrize("settings", [{"dtype": "bfloat16"}, {}, {"loss_scale": 512.0}])
def test_trains_in_bfloat16_and_resumes(settings: dict[str, Any], tmp_path: Path) -> None:
    optim_wrapper = {
        "type": "AmpOptimWrapper",
        "optimizer": {"type": "SGD", "lr": 0.1, "momentum": 0.9},
        "clip_grad": {"max_norm": 1.0},
        **settings,
    }
    model = TinyModel()
    before = model.linear.weight.detach().clone()
    tiny_runner(tmp_path, model=model, optim_wrapper=optim_wrapper).train()
    assert model.trained_in == torch.bfloat16
    assert model.linear.weight.dtype == torch.float32
    assert not torch.equal(model.linear.weight, before)

    saved = torch.load(tmp_path / "epoch_1.pth", weights_only=True)["optimizer"]
    resumed = tiny_runner(tmp_path, resume=True, optim_wrapper=optim_wrapper)
    resumed.train()  # nothing is left to train
    assert isinstance(resumed.optim_wrapper, AmpOptimWrapper)
    state = resumed.optim_wrapper.state_dict()["state"]
    assert saved["state"]
    for index, buffers in saved["state"].items():
        assert torch.equal(state[index]["momentum_buffer"], buffers["momentum_buffer"])


@on_cpu
def test_gradients_accumulate() -> None:
    weight = torch.ones(1, requires_grad=True)
    accumulating = AmpOptimWrapper(
        optimizer=torch.optim.SGD([weight], lr=1.0), accumulative_counts=2, dtype=torch.bfloat16
    )
    for expected in (1.0, 0.0):
        accumulating.update_params(weight.sum())
        assert weight.item() == expected


@on_cpu
def test_says_that_it_is_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("mmengine.logging.print_log", lambda text, **_: said.append(text))
    assert wrapper().cast_dtype == torch.bfloat16
    assert len(said) == 1
    assert "bfloat16, without loss scaling" in said[0]


@on_cpu
@pytest.mark.parametrize("dtype", ["float16", torch.float16, "float32", "int8"])
def test_other_dtypes_are_refused(dtype: Any) -> None:
    with pytest.raises(ValueError, match=r"dtype=.*, but the CPU autocasts to bfloat16"):
        wrapper(dtype=dtype)


@on_cpu
def test_fsdp_is_refused() -> None:
    with pytest.raises(ValueError, match="use_fsdp"):
        wrapper(use_fsdp=True)


@on_cpu
def test_checkpoints_of_gpu_and_cpu_resume_on_each_other() -> None:
    state = wrapper(dtype="bfloat16").state_dict()
    assert "loss_scaler" not in state  # a GPU keeps its own
    state["loss_scaler"] = {"scale": 65536.0, "growth_factor": 2.0, "_growth_tracker": 3}
    wrapper(dtype="bfloat16").load_state_dict(state)


STOCK = """
import torch
from mmengine.optim import AmpOptimWrapper
AmpOptimWrapper(optimizer=torch.optim.SGD([torch.zeros(1)], lr=0.1), dtype="bfloat16")
"""


@on_cpu
def test_stock_mmengine_refuses_the_cpu() -> None:
    run = run_python(STOCK)
    assert "only available training on gpu" in run.stderr


# Where nothing is to be repaired


def test_accelerators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmengine.device.get_device", lambda: "cuda")
    assert not cpu_autocast._refuses_cpu(ModuleType("never looked at"))


def test_mmengine_that_accepts_the_cpu_is_left_alone() -> None:
    fixed = ModuleType("fixed")
    fixed.__dict__["AmpOptimWrapper"] = dict  # it takes the same arguments and asserts nothing
    assert not cpu_autocast._refuses_cpu(fixed)
