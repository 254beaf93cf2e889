"""Compiled modules: as few graphs as promised, and the numbers of the modules as they are."""

import copy
import os
import shutil
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, distributed, nn
from torch._dynamo import config as dynamo_config
from torch._dynamo.utils import counters
from torch.nn.parallel import DistributedDataParallel

from hrnet_mm.models import HRNetArch, HRNetBackbone, compiled
from hrnet_mm.models.compiled import compile_modules
from tests.models.stock import randomise

# The stages of W18 with as many modules, and one block in a branch.
W18_THIN = HRNetArch.of_width(4, stage1_channels=4, stage1_blocks=1, blocks=1)
TINY = HRNetArch.of_width(4, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 2, 1))
SIZES = [(64, 64), (96, 64), (64, 128), (70, 101)]


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Capture the graphs, differentiate them too, but generate no code, which takes minutes."""
    function: Any = torch.compile(compiled.HRModule.forward, backend="aot_eager")
    monkeypatch.setattr(compiled, "_compiled_forward", lambda: function)
    torch._dynamo.reset()
    counters.clear()
    with dynamo_config.patch(fail_on_recompile_limit_hit=True):
        yield
    torch._dynamo.reset()


def _graphs() -> int:
    return counters["stats"]["unique_graphs"]


def _run(
    net: nn.Module, size: tuple[int, int], *, train: bool, amp: bool = False, batch: int = 2
) -> None:
    net.train(train)
    images = torch.randn(batch, 3, *size)
    with torch.set_grad_enabled(train), torch.autocast("cpu", torch.bfloat16, enabled=amp):
        (features,) = net(images)
    if train:
        features.float().mean().backward()


@pytest.mark.slow
@pytest.mark.usefixtures("in_python")
def test_modules_that_are_alike_share_a_graph() -> None:
    net = HRNetBackbone(W18_THIN, out_indices=(0,))
    assert compile_modules(net) == 8
    kinds = 4  # of stages 2 and 3, of stage 4 and the last one, which has one output
    for size in SIZES:
        _run(net, size, train=True)
        assert _graphs() == kinds


@pytest.mark.slow
@pytest.mark.usefixtures("in_python")
def test_a_graph_for_each_mode() -> None:
    options = dict(memory_format="channels_last", with_cp=True, norm_eval=True)
    net = HRNetBackbone(TINY, out_indices=(0,), **options)  # type: ignore
    assert compile_modules(net.stage3) == 2
    modes = (dict(train=True), dict(train=False), dict(train=True, amp=True))
    for graphs, mode in enumerate(modes, start=1):
        for size, batch in zip(SIZES, (2, 3, 4, 5), strict=True):
            _run(net, size, **mode, batch=batch)
            assert _graphs() == graphs, mode
    # Epochs and validations in turn, and what a resumed run loads.
    net.load_state_dict(copy.deepcopy(net.state_dict()))
    for train in (True, False, True, False):
        _run(net, SIZES[0], train=train)
    assert _graphs() == len(modes)


@pytest.mark.usefixtures("in_python")
def test_a_copy_uses_its_own_weights() -> None:
    net = HRNetBackbone(TINY, out_indices=(0,)).eval()
    randomise(net)
    image = torch.randn(1, 3, 64, 64)
    twin = copy.deepcopy(net)
    compile_modules(net)
    other = copy.deepcopy(net)
    assert list(other.state_dict()) == list(twin.state_dict())
    with torch.no_grad():
        other.stage4[0].branches[0][0].conv1.weight.zero_()  # type: ignore
        (given,), (expected,), (changed,) = net(image), twin(image), other(image)
    torch.testing.assert_close(given, expected)
    assert not torch.allclose(changed, expected)


@pytest.mark.slow
@pytest.mark.usefixtures("in_python")
def test_a_graph_is_not_split_at_buckets(tmp_path: Path) -> None:
    distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
    )
    try:
        net = HRNetBackbone(TINY, out_indices=(0,), with_cp=True)
        wrapped = DistributedDataParallel(net, bucket_cap_mb=0.001)  # type: ignore
        compile_modules(net.stage2)
        _run(wrapped, SIZES[0], train=True)
    finally:
        distributed.destroy_process_group()
    assert _graphs() == 1
    assert all(parameter.grad is not None for parameter in net.parameters())


def _losses(
    *, iterations: int, dtype: torch.dtype, compiles: bool = False, **options: Any
) -> Tensor:
    """Train on images of all sizes in turn, with stage 2 compiled."""
    torch.manual_seed(0)
    net = HRNetBackbone(TINY, out_indices=(0,), **options).to(dtype)
    net.init_weights()
    # A higher rate would blow rounding up, in eager mode too.
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    if compiles:
        compile_modules(net.stage2)
    generator = torch.Generator().manual_seed(1)
    losses = []
    for size in islice(cycle(SIZES), iterations):
        images = torch.randn(4, 3, *size, generator=generator).to(dtype)
        target = images.mean(1, keepdim=True)[..., ::4, ::4]
        loss = (net(images)[0] - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


@pytest.mark.skipif(
    shutil.which(os.environ.get("CXX", "g++")) is None,
    reason="needs a C++ compiler, which torch.compile calls on a CPU",
)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "iterations", "tolerance", "memory_format"),
    [(torch.float64, 50, 1e-8, "channels_last"), (torch.float32, 3, 1e-4, None)],
)
def test_trains_to_the_same_losses(
    dtype: torch.dtype, iterations: int, tolerance: float, memory_format: str | None
) -> None:
    torch._dynamo.reset()
    counters.clear()
    run = dict(iterations=iterations, dtype=dtype)
    plain = _losses(**run)  # type: ignore
    assert plain[-1] < plain[0]
    with dynamo_config.patch(fail_on_recompile_limit_hit=True):
        given = _losses(**run, compiles=True, memory_format=memory_format)  # type: ignore
    assert ((given - plain).abs() / plain).max() < tolerance
    assert _graphs() == 1
