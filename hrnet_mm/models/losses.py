"""Losses of the official recipes that the toolboxes lack."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.registry import MODELS, register


@register(MODELS)
class OhemCrossEntropyLoss(nn.Module):
    """Cross entropy with online hard example mining (OHEM), for mmseg's heads.

    As in HRNet-Semantic-Segmentation, criterion.py:34-89. A pixel is hard if the probability p of
    its label is below ``thresh``. If at most ``min_kept`` pixels are hard, ``thresh`` is raised to
    the (``min_kept`` + 1)-th lowest p, or to the highest p if there are fewer pixels. The loss is
    the mean of ``class_weight[label] * -log(p)`` over the hard pixels, not divided by the class
    weights. All images of the batch on a GPU are taken together; ignored pixels do not count.

    In mmseg, OHEMPixelSampler keeps ``min_kept`` pixels of each image and the losses divide by all
    pixels; OhemCrossEntropy has this formula, but decode heads cannot call it.

    Args:
        thresh: Probability below which a pixel is hard.
        min_kept: Least number of hard pixels, apart from ties.
        class_weight: Weight of each class; None for 1.
        loss_weight: Factor of the loss.
        loss_name: Key in the losses of the head; only those with the prefix "loss_" are trained on.
    """

    def __init__(
        self,
        *,
        thresh: float = 0.9,
        min_kept: int = 131_072,
        class_weight: Sequence[float] | None = None,
        loss_weight: float = 1.0,
        loss_name: str = "loss_ohem",
    ) -> None:
        super().__init__()
        self.thresh = thresh
        self.min_kept = max(1, min_kept)
        self.loss_weight = loss_weight
        self.loss_name = loss_name
        self.class_weight: Tensor | None
        weights = None if class_weight is None else torch.tensor(class_weight)
        self.register_buffer("class_weight", weights, persistent=False)

    def forward(
        self,
        seg_logit: Tensor,
        seg_label: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
    ) -> Tensor:
        """Return the loss of logits (N, C, H, W) for labels (N, H, W).

        ``weight`` (N, H, W), from a pixel sampler, multiplies the loss of each pixel.
        """
        labelled = seg_label != ignore_index
        losses = F.cross_entropy(seg_logit, seg_label, reduction="none", ignore_index=ignore_index)
        losses = losses[labelled]
        if not len(losses):
            return seg_logit.sum() * 0

        probability = losses.detach().neg().exp()
        rank = min(self.min_kept, len(probability) - 1)
        threshold = probability.sort().values[rank].clamp(min=self.thresh)
        hard = ~(probability >= threshold)  # also what is not a number, lest it is dropped

        if self.class_weight is not None:
            losses = losses * self.class_weight[seg_label[labelled]]
        if weight is not None:
            losses = losses * weight[labelled]
        return self.loss_weight * losses[hard].sum() / hard.sum().clamp(min=1)
