"""Whatever an HRNetBackbone is made of and given, it keeps its contract or refuses by a UserError.

``HRNET_MM_EXAMPLES=1000`` tries so many cases (``benchmarks/reliability.py``).
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrnet_mm.errors import UserError
from hrnet_mm.models import HRNetBackbone
from tests.reliability.examples import examples

WRONG: dict[str, list[Any]] = {
    "arch": ["w33", None, 18, {}, dict(stage1=1), [("stage1", {})]],
    "out_indices": [(), (0, 0), (4,), (-1,), 0, None, "01", (0.0,), [[0]]],
    "upsample": ["bicubic", None, 1, "Nearest"],
    "frozen_stages": [-2, 5, None, 1.5, "1", 10**30],
    "in_channels": [0, -3, 2.0, "3", None],
    "memory_format": ["contiguous", torch.channels_last, 1],
    "extra": [{}],
    "pretrained": ["w.pth"],
    "width": [18],
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network and what it is given.

    Attributes:
        arguments: Of the backbone.
        wrong: The name of an argument that has a wrong value; "" if none has.
        training: The mode.
        dtype: Of the weights and the images.
        shape: Of the images.
        channels_last: Whether the images are in that order.
    """

    arguments: dict[str, Any]
    wrong: str
    training: bool
    dtype: torch.dtype
    shape: tuple[int, int, int, int]
    channels_last: bool


@st.composite
def stages(draw: st.DrawFn, branches: int) -> dict[str, Any]:
    """A stage of an ``extra`` dict: two channels at least for each of two groups of norms."""
    return dict(
        num_modules=1 if branches == 1 else draw(st.integers(1, 2)),
        num_branches=branches,
        block=draw(st.sampled_from(["BASIC", "BOTTLENECK"])),
        num_blocks=tuple(draw(st.integers(1, 2)) for _ in range(branches)),
        num_channels=tuple(2 * draw(st.integers(2, 4)) for _ in range(branches)),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    extra = {f"stage{n}": draw(stages(n)) for n in (1, 2, 3, 4)}
    upsample = draw(st.sampled_from(["nearest", "bilinear"]))
    arguments: dict[str, Any] = dict(
        arch=extra,
        in_channels=draw(st.sampled_from([3, 1, 2, 5])),
        out_indices=tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))),
        upsample=upsample,
        align_corners=upsample == "bilinear" and draw(st.booleans()),
        norm_cfg=draw(st.sampled_from([None, dict(type="BN"), dict(type="GN", num_groups=2)])),
        norm_eval=draw(st.booleans()),
        frozen_stages=draw(st.integers(-1, 4)),
        with_cp=draw(st.booleans()),
        zero_init_residual=draw(st.booleans()),
        memory_format=draw(st.sampled_from([None, "channels_last"])),
    )
    wrong = draw(st.sampled_from(["", "", "", *WRONG]))
    if wrong:
        arguments[wrong] = draw(st.sampled_from(WRONG[wrong]))
    size = st.one_of(st.integers(1, 40), st.integers(1, 300))
    in_channels = 3 if wrong == "in_channels" else arguments["in_channels"]
    return Case(
        arguments=arguments,
        wrong=wrong,
        training=draw(st.booleans()),
        dtype=draw(st.sampled_from([torch.float32, torch.bfloat16, torch.float16, torch.float64])),
        shape=(draw(st.integers(1, 3)), in_channels, draw(size), draw(size)),
        channels_last=draw(st.booleans()),
    )


@settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases())
def test_a_network_keeps_its_contract_or_refuses(case: Case) -> None:
    if case.wrong:
        named = "arch|extra" if case.wrong == "arch" else case.wrong
        with pytest.raises(UserError, match=named):
            HRNetBackbone(**case.arguments)
        return
    network = HRNetBackbone(**case.arguments).to(case.dtype).train(case.training)
    images = torch.randn(case.shape).to(case.dtype)
    if case.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    given = images.clone()
    if _has_one_value(network, case):
        with pytest.raises(UserError, match="one value for a channel"):
            network(images)
        return
    outputs = network(images)
    number, _, height, width = case.shape
    assert [tuple(output.shape) for output in outputs] == [
        (number, channels, ceil(height / stride), ceil(width / stride))
        for channels, stride in zip(network.out_channels, network.out_strides, strict=True)
    ]
    assert all(output.dtype == case.dtype for output in outputs)
    assert torch.equal(images, given)
    if any(parameter.requires_grad for parameter in network.parameters()):
        sum(output.float().sum() for output in outputs).backward()  # type: ignore
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


def _has_one_value(network: HRNetBackbone, case: Case) -> bool:
    """Whether a batch norm in training gets one value: PyTorch refuses to normalise it."""
    norms = (m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))
    number, _, height, width = case.shape
    return number == 1 and max(height, width) <= 32 and any(norm.training for norm in norms)
