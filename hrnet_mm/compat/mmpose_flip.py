"""mmpose's flip test of offsets takes feature maps in the channels_last memory format.

Broken: for heatmaps with offsets (``flip_mode`` "udp_combined" and "offset"), `flip_heatmaps`
splits and joins channels by ``view``, which cannot join those of a
channels_last tensor: ``RuntimeError: view size is not compatible``.
Since: always, mmpose up to 1.3.2.
Can go: when mmpose uses ``reshape``.
"""

from functools import wraps
from types import ModuleType
from typing import Any

from hrnet_mm.post_import import Patch, raises, replace_function


def _refuses_channels_last(module: ModuleType) -> bool:
    import torch

    maps = torch.zeros(1, 6, 2, 2).to(memory_format=torch.channels_last)
    options: dict[str, Any] = dict(flip_mode="udp_combined", flip_indices=[1, 0])
    return raises(RuntimeError, module.flip_heatmaps, maps, **options)


def _order_by_channel(module: ModuleType) -> None:
    original = module.flip_heatmaps

    @wraps(original)
    def flip_heatmaps(heatmaps: Any, *args: Any, **kwargs: Any) -> Any:
        return original(heatmaps.contiguous(), *args, **kwargs)

    replace_function(module, original, flip_heatmaps)


REPAIR = Patch(
    title="mmpose: flip test of offsets in channels_last",
    waits_for="mmpose.models.utils.tta",
    is_needed=_refuses_channels_last,
    apply=_order_by_channel,
)
