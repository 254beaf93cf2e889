"""Label maps are those that mmseg makes of the same logits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmcv.transforms import Resize as MMCVResize
from mmengine.config import ConfigDict
from mmengine.dataset import pseudo_collate
from mmseg.datasets.transforms import PackSegInputs
from mmseg.models import EncoderDecoder, SegDataPreProcessor
from mmseg.models.utils import resize
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.deploy.label_maps import interpolated, label_map_of
from hrnet_mm.deploy.tasks import Resize, SegTask, Window
from tests.deploy.bundles import example_bundle

NUM_CLASSES = 11
INPUT = example_bundle().input


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("size", [(30, 40), (90, 121), (31, 11), (1, 1), (7, 9), (300, 1)])
def test_interpolates_as_torch(size: tuple[int, int], align_corners: bool) -> None:
    maps = np.random.default_rng(0).normal(size=(3, 30, 40)).astype(np.float32)
    expected = F.interpolate(
        torch.tensor(maps)[None], size=size, mode="bilinear", align_corners=align_corners
    )
    found = interpolated(maps, size, align_corners=align_corners)
    np.testing.assert_allclose(found, expected[0], rtol=0, atol=2e-5)


class _Segmentor(EncoderDecoder):
    """mmseg's inference around one convolution of stride 4."""

    def __init__(self, test_cfg: dict[str, Any], *, align_corners: bool, divisor: int) -> None:
        nn.Module.__init__(self)
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, NUM_CLASSES, 7, stride=4, padding=3)
        self.align_corners, self.out_channels = align_corners, NUM_CLASSES
        self.test_cfg: Any = ConfigDict(test_cfg)
        options: dict[str, Any] = dict(mean=INPUT.mean, std=INPUT.std, bgr_to_rgb=True, size=(1, 1))
        if divisor > 1:
            options["test_cfg"] = dict(size_divisor=divisor)
        self.data_preprocessor: Any = SegDataPreProcessor(**options)

    def encode_decode(self, inputs: Tensor, batch_img_metas: Any) -> Tensor:
        size = inputs.shape[2:]
        logits = self.conv(inputs)
        return resize(logits, size=size, mode="bilinear", align_corners=self.align_corners)


WINDOW = Window(size=(200, 160), stride=(130, 100))
SLIDE = dict(mode="slide", crop_size=(160, 200), stride=(100, 130))


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(
    ("resizes", "divisor", "window"),
    [
        ((), 1, None),
        ((Resize(scale=(350, 350), keep_ratio=True),), 32, None),
        ((Resize(scale=(301, 203), keep_ratio=False),), 1, None),
        ((), 1, WINDOW),
        ((Resize(scale=(190, 150), keep_ratio=True),), 1, WINDOW),
    ],
)
def test_label_maps_are_those_of_mmseg(
    camvid: Path,
    resizes: tuple[Resize, ...],
    divisor: int,
    window: Window | None,
    align_corners: bool,
) -> None:
    host = _Segmentor(
        SLIDE if window else dict(mode="whole"), align_corners=align_corners, divisor=divisor
    )
    keys = ("ori_shape", "img_shape", "pad_shape", "scale_factor", "flip")
    steps: list[Any] = [MMCVResize(scale=r.scale, keep_ratio=r.keep_ratio) for r in resizes]
    steps.append(PackSegInputs(meta_keys=keys))
    pipeline = Compose(steps)
    task = SegTask(
        resizes=resizes,
        window=window,
        align_corners=align_corners,
        reduce_zero_label=False,
        classes=("class",) * NUM_CLASSES,
        palette=(),
    )

    @torch.inference_mode()
    def network(batch: np.ndarray) -> np.ndarray:
        return host.conv(torch.from_numpy(batch)).numpy()

    for path in sorted((camvid / "images/val").iterdir())[:3]:
        image = cv2.imread(str(path))
        assert image is not None
        size = image.shape[:2]
        sample: Any = pipeline(dict(img=image, img_shape=size, ori_shape=size))
        with torch.inference_mode():
            (expected,) = host.test_step(pseudo_collate([sample]))
        found = label_map_of(
            image, task=task, described=replace(INPUT, divisor=divisor), network=network
        )
        np.testing.assert_array_equal(found.labels, expected.pred_sem_seg.data[0])
        assert len(np.unique(found.labels)) > 5


def test_labels_of_the_network_keep_their_classes() -> None:
    labels = np.array([[0, 7], [3, 10]])
    task = SegTask(
        resizes=(Resize(scale=(2, 2), keep_ratio=False),),
        window=None,
        align_corners=False,
        reduce_zero_label=False,
        classes=("class",) * NUM_CLASSES,
        palette=(),
    )
    found = label_map_of(
        np.zeros((4, 6, 3), np.uint8),
        task=task,
        described=replace(INPUT, divisor=4),
        network=lambda batch: np.pad(labels, ((0, 2), (0, 2)))[None],
    )
    np.testing.assert_array_equal(found.labels, labels.repeat(2, axis=0).repeat(3, axis=1))
    assert found.labels.dtype == np.uint8
