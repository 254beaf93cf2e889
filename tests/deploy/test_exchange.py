"""What is cascaded in the exchange units, and what is not."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from hrnet_mm.deploy.exchange import raise_to

INTERPOLATION: dict[str, Any] = {
    "nearest": dict(mode="nearest", align_corners=None),
    "bilinear": dict(mode="bilinear", align_corners=False),
    "align_corners": dict(mode="bilinear", align_corners=True),
}


def raised(size: tuple[int, int], interpolation: Any) -> int:
    """Upsample three lower resolutions, compare the sum, and return how many were left to add."""
    sizes = [tuple(-(-length // 2**k) for length in size) for k in (1, 2, 3)]
    terms = [torch.randn(1, 1, *lower) for lower in sizes]
    outputs = list(raise_to(size, terms, **interpolation))
    expected = torch.stack([F.interpolate(x, size=size, **interpolation) for x in terms]).sum(0)
    assert (torch.stack(outputs).sum(0) - expected).abs().max() <= 1e-6 * expected.abs().max()
    return len(outputs)


@pytest.mark.parametrize("interpolation", INTERPOLATION)
def test_upsampled_sums_are_exact_at_every_size(interpolation: str) -> None:
    for length in range(1, 131):
        raised((length, length), INTERPOLATION[interpolation])
        raised((length, 131 - length), INTERPOLATION[interpolation])


@pytest.mark.parametrize(
    ("interpolation", "size", "left"),
    [
        ("nearest", (64, 48), 1),  # 64 ← 32 ← 16 ← 8
        ("nearest", (63, 47), 1),  # 63 ← 32 ← 16 ← 8: the last step may be any
        ("nearest", (60, 48), 2),  # 60 ← 30 ← 15, and 60 ← 8
        ("nearest", (48, 60), 2),
        ("nearest", (65, 65), 3),  # 65 ← 33, 65 ← 17, 65 ← 9
        ("bilinear", (64, 48), 3),
        ("align_corners", (64, 48), 3),
    ],
)
def test_upsampled_sums_are_cascaded_where_that_is_exact(
    interpolation: str, size: tuple[int, int], left: int
) -> None:
    assert raised(size, INTERPOLATION[interpolation]) == left
