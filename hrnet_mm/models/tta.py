"""Test-time augmentation with a horizontal flip for classes that have a left and a right side."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData

from hrnet_mm.registry import MODELS, register


@register(MODELS)
class SegMirrorTTAModel(BaseTTAModel):
    """Averages the logits of an image and its horizontal flip, for mmseg's segmentors.

    In the flipped image a left arm looks like a right one, so the logits of such classes are
    swapped before they are averaged (HRNet-Semantic-Segmentation, lip.py:114-143). mmseg's
    SegTTAModel, which averages probabilities, does not swap them.

    Args:
        module: The segmentor, or its config.
        swapped: Pairs of class indices, left and right.
        **kwargs: Further arguments of mmengine's BaseTTAModel.
    """

    def __init__(self, module: Any, *, swapped: Sequence[tuple[int, int]], **kwargs: Any) -> None:
        super().__init__(module, **kwargs)
        self.swapped = {a: b for pair in swapped for a, b in (pair, pair[::-1])}

    def merge_preds(self, data_samples_list: list[list[Any]]) -> list[Any]:
        """Merge the views of each image, whose logits come in its size and flipped back."""
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: list[Any]) -> Any:
        logits = [self._logits(view) for view in views]
        first = views[0]
        labels = torch.stack(logits).mean(dim=0).argmax(dim=0, keepdim=True)
        first.set_data(dict(pred_sem_seg=PixelData(data=labels)))
        return first

    def _logits(self, view: Any) -> torch.Tensor:
        logits = view.seg_logits.data
        if not view.metainfo.get("flip"):
            return logits
        return logits[[self.swapped.get(i, i) for i in range(len(logits))]]
