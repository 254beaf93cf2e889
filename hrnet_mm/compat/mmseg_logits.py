"""mmseg's heads compute losses of float32 logits in PyTorch's own order.

Broken: `loss_by_feat` enlarges the logits to the size of the image as they come: in half
precision, which rounds what is interpolated, and in channels_last. `F.cross_entropy` then copies
the large ones to float32 and to its own order, with 150 classes at 512×512 157 MB an image.
Since: always, mmseg up to 1.2.2.
Can go: when mmseg does it, or PyTorch's softmax takes channels_last as it is.
"""

from functools import wraps
from types import ModuleType, SimpleNamespace
from typing import Any

from hrnet_mm.post_import import Patch


def _leaves_them(module: ModuleType) -> bool:
    import torch

    seen: list[Any] = []

    def loss(logits: Any, *_: Any, **__: Any) -> Any:
        seen.append(logits)
        return logits.sum()

    loss.loss_name = "loss"  # type: ignore
    labels = torch.zeros(1, 1, 2, 2, dtype=torch.long, device="cpu")
    head = SimpleNamespace(
        _stack_batch_gt=lambda _: labels,
        align_corners=False,
        sampler=None,
        loss_decode=loss,
        ignore_index=255,
    )
    logits = torch.zeros(1, 3, 2, 2, dtype=torch.bfloat16, device="cpu")
    module.BaseDecodeHead.loss_by_feat(head, logits.to(memory_format=torch.channels_last), [])
    return seen[0].dtype != torch.float32 or not seen[0].is_contiguous()


def _order_them(module: ModuleType) -> None:
    import torch

    stock = module.BaseDecodeHead.loss_by_feat

    @wraps(stock)
    def loss_by_feat(self: Any, seg_logits: Any, *args: Any, **kwargs: Any) -> Any:
        if seg_logits.dtype in {torch.float16, torch.bfloat16}:
            seg_logits = seg_logits.float()
        return stock(self, seg_logits.contiguous(), *args, **kwargs)

    module.BaseDecodeHead.loss_by_feat = loss_by_feat


REPAIR = Patch(
    title="mmseg: losses of logits in half precision and in channels_last",
    waits_for="mmseg.models.decode_heads.decode_head",
    is_needed=_leaves_them,
    apply=_order_them,
)
