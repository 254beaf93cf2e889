"""What the network sees of a box, to the bit as in mmpose's pipeline."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmcv.transforms import Compose
from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

from hrnet_mm.deploy.pose import centers_and_scales, cropped

INPUT_SIZE = (96, 128)


def _boxes(number: int, *, width: int, height: int) -> np.ndarray:
    """Boxes of all sizes, half of them partly outside of the image."""
    rng = np.random.default_rng(0)
    centers = rng.uniform((-20, -20), (width + 20, height + 20), (number, 2))
    halves = rng.uniform(1, (width / 2, height / 2), (number, 2))
    return np.concatenate([centers - halves, centers + halves], axis=1).astype(np.float32)


@pytest.mark.parametrize("use_udp", [True, False])
def test_crops_are_those_of_the_pipeline(coco_tiny: Path, use_udp: bool) -> None:
    image = cv2.imread(str(coco_tiny / "000000000785.jpg"))
    assert image is not None
    height, width = image.shape[:2]
    steps: list[Any] = [
        GetBBoxCenterScale(padding=1.25),
        TopdownAffine(input_size=INPUT_SIZE, use_udp=use_udp),
    ]
    pipeline = Compose(steps)
    boxes = _boxes(60, width=width, height=height)
    centers, scales = centers_and_scales(boxes, padding=1.25, input_size=INPUT_SIZE)
    for box, center, scale in zip(boxes, centers, scales, strict=True):
        expected: Any = pipeline(dict(img=image, bbox=box[None]))
        np.testing.assert_array_equal(center, expected["input_center"])
        np.testing.assert_array_equal(scale, expected["input_scale"])
        crop = cropped(image, center, scale, size=INPUT_SIZE, use_udp=use_udp)
        np.testing.assert_array_equal(crop, expected["img"])
