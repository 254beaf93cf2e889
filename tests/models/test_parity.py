"""The same weights compute the same as in each toolbox's own HRNet: difference 0."""

import pytest
import torch

from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.models import ARCHS, HRNetBackbone
from tests.models.stock import (
    DEPTHS,
    TOOLBOXES,
    UPSAMPLE,
    assert_equal,
    outputs_and_gradients,
    randomise,
    stock_hrnet,
)

LARGER = [(96, 160), (256, 192)]
CASES = [
    *((arch, (64, 64)) for arch in DEPTHS),
    *(("w18_small_v1", size) for size in LARGER),
]


@pytest.mark.parametrize("toolbox", TOOLBOXES)
@pytest.mark.parametrize("arch", ARCHS)
def test_weights_have_the_names_and_shapes_of_the_toolbox(arch: str, toolbox: str) -> None:
    with torch.device("meta"):
        stock = stock_hrnet(toolbox, extra_of(ARCHS[arch]))
        ours = HRNetBackbone(arch)
    shapes = [
        [(name, weight.shape) for name, weight in model.state_dict().items()]
        for model in (ours, stock)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("toolbox", TOOLBOXES)
@pytest.mark.parametrize(("arch", "size"), CASES, ids=lambda value: str(value).replace(" ", ""))
def test_equals_the_toolbox(toolbox: str, arch: str, size: tuple[int, int]) -> None:
    stock = stock_hrnet(toolbox, extra_of(ARCHS[arch]))
    randomise(stock)
    ours = HRNetBackbone(arch, upsample=UPSAMPLE[toolbox])

    assert list(ours.state_dict()) == list(stock.state_dict())
    ours.load_state_dict(stock.state_dict(), strict=True)
    image = torch.randn(2, 3, *size)

    stock.eval()
    ours.eval()
    with torch.no_grad():
        assert_equal(ours(image), stock(image))
    stock.train()
    ours.train()
    outputs, gradients = outputs_and_gradients(ours, image)
    expected_outputs, expected_gradients = outputs_and_gradients(stock, image)
    assert_equal(outputs, expected_outputs)
    assert gradients.keys() == expected_gradients.keys()
    assert_equal(list(gradients.values()), [expected_gradients[name] for name in gradients])
    statistics = dict(stock.named_buffers())
    assert_equal(
        [b for _, b in ours.named_buffers()], [statistics[n] for n, _ in ours.named_buffers()]
    )
    stock.load_state_dict(ours.state_dict(), strict=True)


@pytest.mark.parametrize("arch", DEPTHS)
def test_hrnet_v1_loads_mmpose_weights(arch: str) -> None:
    from mmpose.models.backbones import HRNet

    stock = HRNet(extra=extra_of(ARCHS[arch]))
    randomise(stock)
    ours = HRNetBackbone(arch, out_indices=(0,))
    ours.load_state_dict(stock.state_dict(), strict=True)
    stock.load_state_dict(ours.state_dict(), strict=True)
    image = torch.randn(1, 3, 64, 64)
    ours.eval()
    stock.eval()
    with torch.no_grad():
        assert_equal(list(ours(image)), list(stock(image)))


def test_align_corners_equals_mmpose() -> None:
    extra = extra_of(ARCHS["w18_small_v1"])
    from mmpose.models.backbones import HRNet

    upsample = dict(mode="bilinear", align_corners=True)
    extra["stage4"]["multiscale_output"] = True
    stock = HRNet(extra=dict(extra, upsample=upsample))
    randomise(stock)
    ours = HRNetBackbone("w18_small_v1", upsample="bilinear", align_corners=True)
    ours.load_state_dict(stock.state_dict(), strict=True)
    image = torch.randn(1, 3, 96, 64)
    ours.eval()
    stock.eval()
    with torch.no_grad():
        assert_equal(list(ours(image)), list(stock(image)))
