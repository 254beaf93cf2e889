"""mmseg draws the labels of an image of one pixel.

Broken: mmseg indexes the image with a tensor of booleans. NumPy takes a tensor of one element for a
number, so that an image of 1×1 ends in ``IndexError: index 1 is out of bounds``: in the
Inferencer, the visualization hook and ``--show-dir``.
Since: always, mmseg up to 1.2.2.
Can go: when mmseg indexes with arrays.
"""

from functools import wraps
from types import ModuleType, SimpleNamespace
from typing import Any

from hrnet_mm.post_import import Patch, raises


def _stops_at_one_pixel(module: ModuleType) -> bool:
    import numpy as np
    import torch
    from mmengine.structures import PixelData

    # A stand-in with all that drawing uses: a real visualizer needs matplotlib and a unique name.
    canvas = SimpleNamespace(alpha=1.0, set_image=lambda _: None)
    image = np.zeros((1, 1, 3), dtype=np.uint8)
    labels = PixelData(data=torch.zeros(1, 1, 1, dtype=torch.long))
    arguments = (canvas, image, labels, ["thing"], [[1, 2, 3]])
    draw = module.SegLocalVisualizer._draw_sem_seg
    return raises(IndexError, draw, *arguments, with_labels=False)


def _index_with_arrays(module: ModuleType) -> None:
    cls = module.SegLocalVisualizer
    stock = cls._draw_sem_seg

    @wraps(stock)
    def draw_sem_seg(self: Any, image: Any, sem_seg: Any, *args: Any, **kwargs: Any) -> Any:
        return stock(self, image, sem_seg.numpy(), *args, **kwargs)

    cls._draw_sem_seg = draw_sem_seg


REPAIR = Patch(
    title="mmseg draws images of one pixel",
    waits_for="mmseg.visualization.local_visualizer",
    is_needed=_stops_at_one_pixel,
    apply=_index_with_arrays,
)
