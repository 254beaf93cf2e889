"""Activation checkpointing under torch.compile; without it: test_hrnet, test_necks."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from hrnet_mm.models import HRNetClsNeck, HRNetV2p
from hrnet_mm.models.arch import BlockKind, HRNetArch
from hrnet_mm.models.layers import BLOCKS, LayerFactory, make_stage

STEPS = 2  # statistics of a second step depend on those of the first
NO_FILES: Any = dict(checkpoint=None, logger=None)
IMAGE = torch.linspace(-1, 2, 2 * 8 * 6 * 6).view(2, 8, 6, 6)


def block(*, kind: BlockKind = "basic", with_cp: bool, **norm_cfg: Any) -> nn.Module:
    """Make a residual block of 8 channels, with the same weights in every call."""
    torch.manual_seed(0)
    layers = LayerFactory(conv_cfg=None, norm_cfg={"type": "BN"} | norm_cfg, with_cp=with_cp)
    return BLOCKS[kind](8, 8, layers=layers)


class Neck(nn.Module):
    """A neck that makes its four maps of one image."""

    def __init__(self, neck: nn.Module) -> None:
        super().__init__()
        self.neck = neck

    def forward(self, x: Tensor) -> Tensor:
        maps = tuple(x[:, :, :: 2**i, :: 2**i] for i in range(4))
        return torch.stack([y.square().mean() for y in self.neck(maps)])


def cls_neck(*, with_cp: bool) -> nn.Module:
    torch.manual_seed(0)
    return Neck(HRNetClsNeck((8, 8, 8, 8), out_channels=8, with_cp=with_cp))


def pyramid(*, with_cp: bool, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return Neck(HRNetV2p((8, 8, 8, 8), out_channels=8, with_cp=with_cp, **options))


MODULES: dict[str, Callable[..., nn.Module]] = {
    "basic": block,
    "bottleneck": lambda with_cp: block(kind="bottleneck", with_cp=with_cp),
    "basic, SyncBN": lambda with_cp: block(with_cp=with_cp, type="SyncBN"),
    "basic, GN": lambda with_cp: block(with_cp=with_cp, type="GN", num_groups=2),
    "HRNetClsNeck": cls_neck,
    "HRNetV2p": pyramid,
    "HRNetV2p, BN": lambda with_cp: pyramid(with_cp=with_cp, norm_cfg=dict(type="BN")),
}


def trained(module: nn.Module, *, backend: str | None) -> dict[str, Tensor]:
    """Run some forward and backward passes; give gradients and statistics by name."""
    torch._dynamo.reset()
    run = torch.compile(module, backend=backend, fullgraph=True) if backend else module
    for _ in range(STEPS):
        run(IMAGE).square().sum().backward()
    gradients = {f"gradient of {name}": p.grad for name, p in module.named_parameters()}
    assert all(gradient is not None for gradient in gradients.values())
    return {**gradients, **dict(module.named_buffers())}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("module", "backend"), [*((module, "aot_eager") for module in MODULES), ("basic", "eager")]
)
def test_compiled_with_cp_trains_as_without(module: str, backend: str) -> None:
    make = MODULES[module]
    expected = trained(make(with_cp=False), backend=backend)
    given = trained(make(with_cp=True), backend=backend)
    assert given.keys() == expected.keys()
    for name, tensor in given.items():
        assert torch.equal(tensor, expected[name]), name
        if name.endswith("num_batches_tracked"):
            assert tensor == STEPS, name


@pytest.mark.parametrize("with_cp", [False, True])
def test_a_module_keeps_its_inputs_alone(with_cp: bool) -> None:
    arch = HRNetArch.of_width(4, blocks=2)
    layers = LayerFactory(conv_cfg=None, norm_cfg={"type": "BN"}, with_cp=with_cp)
    stage = make_stage(arch.stage3, interpolation=dict(mode="nearest"), layers=layers)
    inputs = [torch.randn(2, 4 * 2**i, 8 // 2**i, 8 // 2**i) for i in range(3)]
    kept: list[int] = []
    # What is kept within a checkpoint goes through hooks of the checkpoint instead.
    with saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
        outputs = stage(inputs)
    assert with_cp is (sum(kept) == 0)
    torch.stack([y.square().sum() for y in outputs]).sum().backward()
    assert all(parameter.grad is not None for parameter in stage.parameters())


class OneBlock(BaseModel):
    """A model that a Runner can train: a residual block."""

    def __init__(self, *, with_cp: bool) -> None:
        super().__init__()
        self.block = block(with_cp=with_cp)

    def forward(self, inputs: list[Tensor], mode: str = "tensor") -> dict[str, Tensor]:
        assert mode == "loss"
        return {"loss": self.block(torch.stack(inputs)).square().mean()}


def test_a_compiling_runner_trains_the_same_with_cp(tmp_path: Any) -> None:
    weights = []
    for with_cp in (False, True):
        torch._dynamo.reset()
        runner = Runner(
            model=OneBlock(with_cp=with_cp),
            work_dir=str(tmp_path),
            train_dataloader=dict(
                dataset=[{"inputs": image} for image in IMAGE],
                sampler=dict(type="DefaultSampler", shuffle=False),
                batch_size=2,
            ),
            train_cfg=dict(by_epoch=True, max_epochs=STEPS),
            optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
            default_hooks=NO_FILES,
            cfg=dict(compile=dict(backend="aot_eager")),
            experiment_name=f"{tmp_path.name} {with_cp}",
            log_level="ERROR",
        )
        runner.train()
        weights.append(runner.model.state_dict())
    expected, given = weights
    assert int(given["block.bn1.num_batches_tracked"]) == STEPS
    for name, tensor in given.items():
        assert torch.equal(tensor, expected[name]), name
