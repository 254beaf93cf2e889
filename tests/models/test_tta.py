"""Merging the predictions of flipped images where classes have a side."""

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor, BaseModel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from hrnet_mm.models import SegMirrorTTAModel


class Segmentor(BaseModel):
    """Calls everything on the left of the image it is given class 1, on the right class 2."""

    def __init__(self) -> None:
        super().__init__(BaseDataPreprocessor())

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = "tensor") -> Any:
        width = inputs[0].shape[-1]
        scores = torch.zeros(4, 2, width)
        scores[1, :, : width // 2] = 1
        scores[2, :, width // 2 :] = 1
        for sample in data_samples:
            turned = scores.flip(-1) if sample.metainfo["flip"] else scores
            sample.set_data(dict(seg_logits=PixelData(data=turned)))
        return data_samples


def views() -> dict[str, Any]:
    """Give an image and its flip as TestTimeAug and the collate function do."""
    samples = [SegDataSample(metainfo=dict(flip=flip)) for flip in (False, True)]
    for sample in samples:
        sample.gt_sem_seg = PixelData(data=torch.ones(1, 2, 6))
    return dict(inputs=[[torch.zeros(3, 2, 6)]] * 2, data_samples=[[sample] for sample in samples])


def merged(**tta: Any) -> Any:
    model: Any = MODELS.build(dict(**tta, module=Segmentor()))
    with torch.no_grad():
        (sample,) = model.test_step(views())
    return sample


def test_left_and_right_of_a_mirror_image_are_swapped_back() -> None:
    sample = merged(type="SegMirrorTTAModel", swapped=[(1, 2)])
    assert sample.pred_sem_seg.data.tolist() == [[[1, 1, 1, 2, 2, 2]] * 2]
    assert sample.gt_sem_seg.data.shape == (1, 2, 6)


def test_scores_are_averaged_without_pairs() -> None:
    sample = merged(type="SegMirrorTTAModel", swapped=[])
    assert sample.pred_sem_seg.data.tolist() == [[[1] * 6] * 2]  # a tie: the first of both


def test_classes_without_a_side_stay() -> None:
    model = SegMirrorTTAModel(Segmentor(), swapped=[(1, 2)])
    assert model.swapped == {1: 2, 2: 1}
