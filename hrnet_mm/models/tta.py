"""Merges the predictions for an image and its mirror image where classes have a side."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData

from hrnet_mm.registry import MODELS, register


@register(MODELS)
class SegMirrorTTAModel(BaseTTAModel):
    """Averages the scores of an image and its mirror image, for mmseg's segmentors.

    In a mirror image a left arm looks like a right one, so the scores of such classes are swapped
    before they are averaged (HRNet-Semantic-Segmentation, lip.py:114-143). mmseg's SegTTAModel,
    which averages probabilities, does not swap them.

    Args:
        module: The segmentor, or its config.
        swapped: Pairs of classes, left and right.
        **kwargs: Further arguments of mmengine's BaseTTAModel.
    """

    def __init__(self, module: Any, *, swapped: Sequence[tuple[int, int]], **kwargs: Any) -> None:
        super().__init__(module, **kwargs)
        self.swapped = {a: b for pair in swapped for a, b in (pair, pair[::-1])}

    def merge_preds(self, data_samples_list: list[list[Any]]) -> list[Any]:
        """Merge the views of each image, which come at its size and turned back."""
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: list[Any]) -> Any:
        scores = [self._scores(view) for view in views]
        first = views[0]
        labels = torch.stack(scores).mean(dim=0).argmax(dim=0, keepdim=True)
        first.set_data(dict(pred_sem_seg=PixelData(data=labels)))
        return first

    def _scores(self, view: Any) -> torch.Tensor:
        scores = view.seg_logits.data
        if not view.metainfo.get("flip"):
            return scores
        return scores[[self.swapped.get(i, i) for i in range(len(scores))]]
