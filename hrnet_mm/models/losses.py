"""Losses of the official recipes that the toolboxes' own do not equal."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.registry import MODELS, register


@register(MODELS)
class OhemCrossEntropyLoss(nn.Module):
    """Cross entropy of the hard pixels, for mmseg's heads.

    HRNet-Semantic-Segmentation, criterion.py:34-89: a pixel is hard if the probability p of its
    label is below ``thresh``. If no more than ``min_kept`` pixels are, the ``min_kept`` of lowest p
    are taken instead, ties at the limit left out; of fewer labelled pixels in all, every one but
    those of the highest p. The loss is the mean over these of ``class_weight[label] * -log(p)``, in
    which the weights do not divide. All images of the batch on one GPU count together; ignored
    pixels do not count.

    mmseg's OHEMPixelSampler keeps ``min_kept`` pixels of each image and its losses divide by all
    pixels; its OhemCrossEntropy has this formula, but its decode heads cannot call it.

    Args:
        thresh: Probability below which a pixel is hard.
        min_kept: How many pixels count at least.
        class_weight: Weight of each class; None for 1.
        loss_weight: Factor of the loss.
        loss_name: Key in the losses of the head; with the prefix "loss_" it is trained on.
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
        """Compare scores (N, C, H, W) with labels (N, H, W).

        ``weight`` (N, H, W), a sampler's, multiplies the loss of each pixel.
        """
        labelled = seg_label != ignore_index
        labels = seg_label[labelled]
        surprise = F.cross_entropy(
            seg_logit, seg_label, reduction="none", ignore_index=ignore_index
        )[labelled]
        if not len(surprise):
            return seg_logit.sum() * 0

        probability = surprise.detach().neg().exp()
        rank = min(self.min_kept, len(probability) - 1)
        threshold = probability.sort().values[rank].clamp(min=self.thresh)
        hard = probability < threshold

        losses = surprise
        if self.class_weight is not None:
            losses = losses * self.class_weight[labels]
        if weight is not None:
            losses = losses * weight[labelled]
        return self.loss_weight * losses[hard].sum() / hard.sum().clamp(min=1)
