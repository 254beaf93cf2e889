"""Two processes train, evaluate and communicate through the Runner on a CPU-only machine."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import mmengine.dist.utils
import pytest
import torch
from mmengine.device import get_device
from torch import nn

from hrnet_mm.compat import cpu_distributed
from hrnet_mm.post_import import install
from tests.tiny_runner import TinyModel, run_python

install(cpu_distributed.REPAIRS)

pytestmark = pytest.mark.skipif(get_device() != "cpu", reason="there is an accelerator")

LAUNCH = "import sys; from torch.distributed.run import main; main(sys.argv[1:])"


@pytest.mark.slow
def test_two_processes_train_and_evaluate(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    torchrun = ["--standalone", "--nproc_per_node", "2", "-m", "tests.compat.two_processes"]
    run = run_python(LAUNCH, *torchrun, str(report))
    assert run.returncode == 0, run.stderr
    assert json.loads(report.read_text()) == {
        "backend": "gloo",
        "wrapper": "MMDistributedDataParallel",
        "norm": "_BatchNormXd",
        "parameters agree": True,
        "iterations": 2,
        "samples": 4,  # collected from both processes
        "all_reduce": 3,
        "broadcast": 1,
        "broadcast_object_list": ["of 1"],
        "all_gather_object": [0, 1],
        "collect_results": {"cpu": [0, 1, 2, 3], "gpu": [0, 1, 2, 3]},
    }
    said = run.stdout + run.stderr
    assert said.count("through gloo instead of nccl") == 1
    assert said.count("SyncBatchNorm does not run on the CPU") == 1


JOIN = """
{repaired}
from mmengine.dist import init_dist
from mmengine.model import MMDistributedDataParallel
from torch import nn
init_dist("{launcher}", backend="{backend}")
MMDistributedDataParallel(module=nn.Linear(2, 2), device_ids=[0])
print("joined")
"""
REPAIRED = """
from hrnet_mm.compat import cpu_distributed
from hrnet_mm.post_import import install
install(cpu_distributed.REPAIRS)
"""
ALONE = {
    "RANK": "0",
    "LOCAL_RANK": "0",
    "WORLD_SIZE": "1",
    "MASTER_ADDR": "127.0.0.1",
    "SLURM_PROCID": "0",
    "SLURM_LOCALID": "0",
    "SLURM_NTASKS": "1",
    "SLURM_NODELIST": "here",
}


def join(unused_port: int, *, launcher: str, backend: str, repaired: bool) -> Any:
    code = JOIN.format(
        repaired=REPAIRED if repaired else "",
        launcher=launcher,
        backend=backend,
    )
    return run_python(code, **ALONE, MASTER_PORT=str(unused_port))


def test_stock_mmengine_cannot_join(unused_port: int) -> None:
    run = join(unused_port, launcher="pytorch", backend="gloo", repaired=False)
    assert "torch.cuda.set_device" in run.stderr
    assert "joined" not in run.stdout


def test_slurm_joins_too(unused_port: int) -> None:
    run = join(unused_port, launcher="slurm", backend="nccl", repaired=True)
    assert "joined" in run.stdout, run.stderr


def test_sync_bn_becomes_bn_with_the_same_weights() -> None:
    model = TinyModel(norm=nn.SyncBatchNorm)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    after = cpu_distributed._without_sync_bn(model).state_dict()
    assert not isinstance(model.norm, nn.SyncBatchNorm)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_model_without_sync_bn_is_untouched() -> None:
    model = TinyModel()
    norm = model.norm
    assert cpu_distributed._without_sync_bn(model).norm is norm


# Where nothing is to be repaired


def test_accelerators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmengine.device.get_device", lambda: "cuda")
    assert not any(repair.is_needed(mmengine.dist.utils) for repair in cpu_distributed.REPAIRS)


def test_mmengine_that_looks_for_a_device_is_left_alone() -> None:
    def _init_dist_pytorch(backend: str) -> None:
        if torch.cuda.is_available():
            torch.cuda.set_device(0)

    fixed = ModuleType("fixed")
    fixed.__dict__["_init_dist_pytorch"] = _init_dist_pytorch
    assert not cpu_distributed._sets_cuda_device(fixed)


def test_cuda_is_as_before_after_joining() -> None:
    set_device = torch.cuda.set_device
    with cpu_distributed._set_device_disabled():
        torch.cuda.set_device(0)
    assert torch.cuda.set_device is set_device
