"""mmseg draws an image of one pixel."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.visualization import local_visualizer

from hrnet_mm.compat.mmseg_visualizer import REPAIR
from hrnet_mm.post_import import outcomes

PALETTE = [[10, 20, 30], [40, 50, 60]]


@pytest.mark.parametrize("with_labels", [False, True])
@pytest.mark.parametrize("as_array", [False, True])
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (5, 6)], ids=str)
def test_every_pixel_has_the_colour_of_its_label(
    size: tuple[int, int], label: int, as_array: bool, with_labels: bool
) -> None:
    visualizer = local_visualizer.SegLocalVisualizer(alpha=1.0)
    labels: Any = torch.full((1, *size), label)
    image = np.zeros((*size, 3), dtype=np.uint8)
    drawn = visualizer._draw_sem_seg(
        image,
        PixelData(data=labels.numpy() if as_array else labels),
        ["a", "b"],
        PALETTE,
        with_labels=with_labels,
    )
    assert drawn.shape == image.shape
    if not with_labels:
        assert (drawn == PALETTE[label]).all()


def test_stock_mmseg_needs_it() -> None:
    assert outcomes[REPAIR.title] == "repaired"


def test_an_mmseg_that_draws_one_pixel_is_left_alone() -> None:
    class SegLocalVisualizer:
        def _draw_sem_seg(self, image: Any, *_: Any, **__: Any) -> Any:
            return image

    module: Any = ModuleType("fixed")
    module.SegLocalVisualizer = SegLocalVisualizer
    assert not REPAIR.is_needed(module)
