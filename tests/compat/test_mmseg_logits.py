"""mmseg's heads compute losses of float32 logits in PyTorch's own order."""

from typing import Any

import pytest
import torch
from mmengine.structures import PixelData
from torch import Tensor
from torch.nn import functional as F

import hrnet_mm  # noqa: F401  (mmseg imports only after it)
from tests.isolated import output_of

# isort: split
from mmseg.models import CrossEntropyLoss, FCNHead
from mmseg.structures import SegDataSample

STOCK = """
import hrnet_mm, torch
from hrnet_mm.compat import mmseg_logits
object.__setattr__(mmseg_logits.REPAIR, "is_needed", lambda _: False)
from mmseg.models.decode_heads import decode_head
print(mmseg_logits._leaves_them(decode_head))
"""


def losses_of(logits: Tensor, labels: Tensor) -> tuple[dict[str, Tensor], list[Tensor]]:
    """Return the losses of a head, and the logits that its loss is computed of."""
    seen: list[Tensor] = []

    class Loss(CrossEntropyLoss):
        def forward(self, cls_score: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            seen.append(cls_score)
            return super().forward(cls_score, *args, **kwargs)

    head = FCNHead(in_channels=2, channels=2, num_classes=logits.shape[1], num_convs=0)
    head.loss_decode = Loss()
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label[None])) for label in labels]
    return head.loss_by_feat(logits, samples), seen


@pytest.mark.slow
def test_stock_mmseg_leaves_them_as_they_come() -> None:
    assert output_of(STOCK).strip() == "True"


@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format], ids=str)
@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64], ids=str
)
def test_losses_are_of_exact_logits(dtype: torch.dtype, order: torch.memory_format) -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 4, 5).to(dtype).to(memory_format=order)
    labels = torch.randint(0, 3, (2, 8, 10))
    losses, (seen,) = losses_of(logits, labels)
    exact = dtype if dtype == torch.float64 else torch.float32
    assert seen.dtype == exact
    assert seen.is_contiguous()
    large = F.interpolate(logits.to(exact).contiguous(), (8, 10), mode="bilinear")
    torch.testing.assert_close(losses["loss_ce"], F.cross_entropy(large, labels))
