"""Images are prepared for the network to the bit as in the toolboxes' pipelines."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import CenterCrop, Compose
from mmcv.transforms import Resize as MMCVResize
from mmengine.model import ImgDataPreprocessor
from mmpretrain.datasets.transforms import ResizeEdge
from mmseg.models import SegDataPreProcessor
from mmseg.structures import SegDataSample
from PIL import Image

from hrnet_mm.deploy.images import (
    center_crop,
    normalized,
    padded,
    resized,
    resized_as_pillow,
    with_short_edge,
)
from hrnet_mm.deploy.tasks import Resize
from hrnet_mm.errors import UserError
from tests.deploy.bundles import example_bundle

INPUT = example_bundle().input
RGB: dict[str, Any] = dict(mean=INPUT.mean, std=INPUT.std, bgr_to_rgb=True)


@pytest.fixture(scope="module")
def photo(coco_tiny: Path) -> np.ndarray:
    """An image of 640×425."""
    image = cv2.imread(str(coco_tiny / "000000000785.jpg"))
    assert image is not None
    return image


def _piped(image: np.ndarray, *steps: Any) -> np.ndarray:
    results: Any = Compose(list(steps))(dict(img=image, img_shape=image.shape[:2]))
    return results["img"]


@pytest.mark.parametrize("is_upright", [True, False])
@pytest.mark.parametrize(
    "resizes",
    [
        [Resize(scale=(1333, 800), keep_ratio=True)],
        [Resize(scale=(100_000, 520), keep_ratio=True), Resize(scale=(520, 520), keep_ratio=True)],
        [Resize(scale=(473, 331), keep_ratio=False)],
        [],
    ],
)
def test_resizes_as_mmcv(photo: np.ndarray, resizes: list[Resize], is_upright: bool) -> None:
    image = np.rot90(photo) if is_upright else photo
    steps = [MMCVResize(scale=step.scale, keep_ratio=step.keep_ratio) for step in resizes]
    np.testing.assert_array_equal(resized(image, resizes), _piped(image, *steps))


@pytest.mark.parametrize("is_upright", [True, False])
@pytest.mark.parametrize("backend", ["cv2", "pillow"])
def test_resizes_the_edge_and_crops_as_mmpretrain(
    photo: np.ndarray, backend: str, is_upright: bool
) -> None:
    image = np.ascontiguousarray(np.rot90(photo) if is_upright else photo)
    steps = ResizeEdge(scale=257, backend=backend), CenterCrop(crop_size=(224, 200))
    found = center_crop(with_short_edge(image, 257, backend=backend), (224, 200))
    np.testing.assert_array_equal(found, _piped(image, *steps))


def test_a_small_image_is_not_cropped() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    expected = _piped(image, CenterCrop(crop_size=25))
    assert center_crop(image, (25, 25)).shape == expected.shape == (20, 25, 3)


@pytest.mark.parametrize("size", [(640, 425), (64, 50), (1, 1), (900, 700), (639, 424), (99, 425)])
def test_resizes_as_pillow(photo: np.ndarray, size: tuple[int, int]) -> None:
    expected = Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(resized_as_pillow(photo, size), np.array(expected))


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_normalises_as_the_data_preprocessor(photo: np.ndarray, order: Any) -> None:
    host = ImgDataPreprocessor(mean=INPUT.mean, std=INPUT.std, bgr_to_rgb=order == "rgb")
    tensor = torch.from_numpy(photo).permute(2, 0, 1)
    expected = host(dict(inputs=[tensor]))["inputs"]
    found = normalized([photo], replace(INPUT, channel_order=order))
    np.testing.assert_array_equal(found, expected)


def test_pads_as_the_data_preprocessor(photo: np.ndarray) -> None:
    options: dict[str, Any] = dict(size=(8, 8), pad_val=7, test_cfg=dict(size_divisor=32))
    host = SegDataPreProcessor(**RGB, **options)
    tensor = torch.from_numpy(photo).permute(2, 0, 1)
    expected = host(dict(inputs=[tensor], data_samples=[SegDataSample()]))["inputs"]
    described = replace(INPUT, divisor=32, pad_value=7.0)
    np.testing.assert_array_equal(padded(normalized([photo], described), described), expected)


def test_an_image_that_is_larger_than_a_fixed_input_is_refused() -> None:
    described = replace(INPUT, width=64, height=32)
    assert padded(np.zeros((1, 3, 30, 64), np.float32), described).shape == (1, 3, 32, 64)
    with pytest.raises(UserError, match=r"an image of 64x33 pixels.* exported for 64x32"):
        padded(np.zeros((1, 3, 33, 64), np.float32), described)
