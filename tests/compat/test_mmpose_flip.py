"""mmpose flips heatmaps in any memory format."""

from typing import Any

import pytest
import torch

import hrnet_mm  # noqa: F401  (mmpose imports only after it)
from tests.isolated import error_of

# isort: split
from mmpose.models.heads.heatmap_heads import heatmap_head
from mmpose.models.utils.tta import flip_heatmaps

STOCK = """
import hrnet_mm, torch
from hrnet_mm.compat import mmpose_flip
object.__setattr__(mmpose_flip.REPAIR, "is_needed", lambda _: False)
from mmpose.models.utils.tta import flip_heatmaps
maps = torch.zeros(1, 6, 2, 2).to(memory_format=torch.channels_last)
flip_heatmaps(maps, flip_mode="udp_combined", flip_indices=[1, 0])
"""


@pytest.mark.slow
def test_stock_mmpose_cannot_join_channels() -> None:
    assert error_of(STOCK).startswith("RuntimeError: view size is not compatible")


@pytest.mark.parametrize(("mode", "channels"), [("heatmap", 1), ("offset", 2), ("udp_combined", 3)])
def test_the_memory_format_does_not_matter(mode: str, channels: int) -> None:
    maps = torch.randn(2, 2 * channels, 4, 5)
    options: dict[str, Any] = dict(flip_mode=mode, flip_indices=[1, 0])
    expected = flip_heatmaps(maps.clone(), **options)
    found = flip_heatmaps(maps.to(memory_format=torch.channels_last), **options)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_heads_use_it() -> None:
    assert vars(heatmap_head)["flip_heatmaps"] is flip_heatmaps
