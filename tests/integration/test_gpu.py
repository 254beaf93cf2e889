"""Training on a GPU: float16 with a loss scale, SyncBN over NCCL, compiled, channels_last."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from torch import nn

from hrnet_mm.launch.building import build_runner
from hrnet_mm.models import HRNetArch, HRNetBackbone
from hrnet_mm.models.compiled import compile_modules
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy

pytestmark = pytest.mark.gpu

ITERATIONS = 4
TINY = HRNetArch.of_width(8, stage1_channels=8, stage1_blocks=1, blocks=1, modules=(1, 2, 1))


def _trained(toy_scenes: Path, work_dir: Path, **options: Any) -> Runner:
    cfg = small_toy("pose", toy_scenes, **options)
    cfg.train_cfg = dict(by_epoch=False, max_iters=ITERATIONS, val_interval=ITERATIONS)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler", shuffle=True)
    cfg.work_dir = str(work_dir)
    runner = build_runner(cfg)
    runner.train()
    return runner


def _loss() -> float:
    return float(MessageHub.get_current_instance().get_scalar("train/loss").current())


@pytest.mark.parametrize("memory_format", [None, "channels_last"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_mixed_precision(
    dtype: str, memory_format: str | None, toy_scenes: Path, tmp_path: Path
) -> None:
    wrapper = dict(type="AmpOptimWrapper", dtype=dtype, loss_scale="dynamic")
    options: Any = {"model.backbone.memory_format": memory_format}
    options |= {f"optim_wrapper.{key}": value for key, value in wrapper.items()}
    runner = _trained(toy_scenes, tmp_path, **options)
    assert isinstance(runner.optim_wrapper, AmpOptimWrapper)
    assert runner.optim_wrapper.loss_scaler.get_scale() > 1
    assert all(p.dtype == torch.float32 for p in runner.model.parameters())
    assert torch.isfinite(torch.tensor(_loss()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("memory_format", [None, "channels_last"])
def test_compiled_modules_give_the_gradients_of_the_others(
    memory_format: str | None, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    torch._dynamo.reset()
    gradients = []
    for compiles in (False, True):
        torch.manual_seed(0)
        net = HRNetBackbone(TINY, out_indices=(0,), memory_format=memory_format).cuda()
        if compiles:
            compile_modules(net)
        images = torch.randn(4, 3, 128, 96, device="cuda")
        with torch.autocast("cuda", dtype, enabled=dtype != torch.float32):
            (features,) = net(images)
        features.float().square().mean().backward()
        gradients.append(
            torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])
        )
    plain, compiled = gradients
    tolerance = 1e-3 if dtype == torch.float32 else 5e-2
    assert (compiled - plain).norm() <= tolerance * plain.norm()


def test_sync_bn_and_compiled_modules_over_nccl(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = small_toy("pose", toy_scenes, **{"model.backbone.norm_cfg": dict(type="SyncBN")})
    cfg.train_cfg = dict(by_epoch=False, max_iters=ITERATIONS, val_interval=ITERATIONS)
    cfg.train_dataloader.sampler = dict(type="InfiniteSampler", shuffle=True)
    cfg.default_hooks.checkpoint = dict(type="CheckpointHook", by_epoch=False, interval=ITERATIONS)
    cfg.log_level = "INFO"
    cfg.dump(tmp_path / "config.py")
    arguments = [str(tmp_path / "config.py"), "1", "--work-dir", str(tmp_path), "--compile"]
    done = subprocess.run(
        ["bash", "tools/dist_train.sh", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHON": sys.executable, "PYTHONPATH": str(REPOSITORY), "PORT": "29621"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    assert "modules of the HRNet are compiled" in done.stdout + done.stderr
    assert (tmp_path / f"iter_{ITERATIONS}.pth").exists()


def test_channels_last_gives_the_feature_maps_of_the_plain_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    nets: list[nn.Module] = []
    for memory_format in (None, "channels_last"):
        torch.manual_seed(0)
        nets.append(HRNetBackbone(TINY, memory_format=memory_format).cuda().eval())
    images = torch.randn(2, 3, 128, 96, device="cuda")
    with torch.no_grad():
        for plain, ordered in zip(*(net(images) for net in nets), strict=True):
            torch.testing.assert_close(ordered, plain, rtol=1e-3, atol=1e-4 * float(plain.max()))
            assert ordered.is_contiguous(memory_format=torch.channels_last)
