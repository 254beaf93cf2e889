"""torch.compile and ONNX give the eager result at sizes that were not traced."""

import os
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from hrnet_mm.models import HRNetArch, HRNetBackbone, HRNetClsNeck, HRNetV2, HRNetV2p
from tests.models.stock import randomise

# One block of each kind: to compile all of a real model takes minutes on two cores.
TINY = HRNetArch.of_width(4, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 1, 1))
TRACED = (96, 128)
UNSEEN = [(64, 64), (128, 96), (65, 97), (100, 75), (224, 160)]
COMPILED = [TRACED, (128, 96), (100, 75)]  # the others' convolutions are compiled anew
# Of the largest activation: what rounding in another order of the same sums costs.
TOLERANCE = 1e-4


NECKS = [(HRNetV2, "nearest"), (HRNetV2p, "bilinear"), (HRNetClsNeck, "align_corners")]


@pytest.fixture(params=NECKS, ids=lambda param: param[0].__name__)
def model(request: pytest.FixtureRequest) -> nn.Module:
    """A backbone and a neck in eval mode: each neck, and each way of upsampling."""
    neck, upsample = request.param
    aligned = upsample == "align_corners"
    backbone = HRNetBackbone(
        TINY, upsample="bilinear" if aligned else upsample, align_corners=aligned
    )
    model = nn.Sequential(backbone, neck(backbone.out_channels, out_channels=16)).eval()
    randomise(model)
    return model


def assert_close(maps: list[Tensor], expected: tuple[Tensor, ...]) -> None:
    assert len(maps) == len(expected)
    for x, wanted in zip(maps, expected, strict=True):
        assert x.shape == wanted.shape
        assert (x - wanted).abs().max() <= TOLERANCE * wanted.abs().max()


@pytest.mark.skipif(
    shutil.which(os.environ.get("CXX", "g++")) is None,
    reason="needs a C++ compiler, which torch.compile calls on a CPU",
)
@pytest.mark.slow
def test_compiled_code_gives_the_eager_result() -> None:
    torch._dynamo.reset()
    model = HRNetBackbone(TINY, upsample="bilinear").eval()
    randomise(model)
    compiled = torch.compile(model, fullgraph=True, dynamic=True)
    with torch.no_grad():
        for size in COMPILED:
            image = torch.randn(1, 3, *size)
            assert_close(list(compiled(image)), model(image))


@pytest.mark.slow
def test_trains_compiled() -> None:
    torch._dynamo.reset()
    model = HRNetBackbone(TINY)
    twin = HRNetBackbone(TINY)
    twin.load_state_dict(model.state_dict())
    image = torch.randn(2, 3, 64, 64)
    for net in (torch.compile(model, fullgraph=True, backend="aot_eager"), twin):
        torch.stack([x.square().mean() for x in net(image)]).sum().backward()
    for name, parameter in model.named_parameters():
        wanted = twin.get_parameter(name).grad
        assert parameter.grad is not None
        assert wanted is not None
        assert (parameter.grad - wanted).abs().max() <= 1e-3 * wanted.abs().max() + 1e-6, name


@pytest.mark.slow
def test_is_captured_without_a_break(model: nn.Module) -> None:
    torch._dynamo.reset()
    captured = torch.compile(model, fullgraph=True, dynamic=True, backend="eager")
    with torch.no_grad():
        for size in (TRACED, (100, 75)):
            image = torch.randn(1, 3, *size)
            assert_close(list(captured(image)), model(image))


@pytest.mark.slow
def test_onnx_is_right_at_sizes_that_were_not_traced(model: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "hrnet.onnx"
    height, width = torch.export.Dim("height", min=64), torch.export.Dim("width", min=64)
    torch.onnx.export(
        model,
        (torch.randn(1, 3, *TRACED),),
        path,
        dynamo=True,
        dynamic_shapes=({2: height, 3: width},),
        verbose=False,
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    with torch.no_grad():
        for size in UNSEEN:
            image = torch.randn(1, 3, *size)
            maps = session.run(None, {name: image.numpy()})
            assert_close([torch.from_numpy(np.asarray(x)) for x in maps], model(image))
