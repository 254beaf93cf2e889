"""mmpose's heads compute their accuracy from heatmaps in bfloat16.

Broken: numpy has no bfloat16, so ``mmpose.utils.tensor_utils.to_numpy`` stops every training with
bfloat16 autocast at ``TypeError: Got unsupported ScalarType BFloat16``.
Since: mmpose 1.0.
Can go: when mmpose converts bfloat16 itself.
"""

from functools import wraps
from types import ModuleType
from typing import Any

from hrnet_mm.post_import import Patch, raises, replace_function


def _refuses_bfloat16(tensor_utils: ModuleType) -> bool:
    import torch

    number = torch.zeros(1, dtype=torch.bfloat16, device="cpu")
    return raises(TypeError, tensor_utils.to_numpy, number)


def _convert_bfloat16(tensor_utils: ModuleType) -> None:
    import torch

    stock = tensor_utils.to_numpy

    @wraps(stock)
    def to_numpy(x: Any, *args: Any, **kwargs: Any) -> Any:  # which calls it for each of a list
        is_bfloat16 = isinstance(x, torch.Tensor) and x.dtype == torch.bfloat16
        return stock(x.float() if is_bfloat16 else x, *args, **kwargs)

    replace_function(tensor_utils, stock, to_numpy)


REPAIR = Patch(
    title="mmpose: heads train in bfloat16",
    waits_for="mmpose.utils.tensor_utils",
    is_needed=_refuses_bfloat16,
    apply=_convert_bfloat16,
)
