"""Landmarks are encoded and decoded as in HRNet-Facial-Landmark-Detection."""

from typing import Any

import numpy as np
import pytest
from mmpose.registry import KEYPOINT_CODECS

INPUT, HEATMAP = 256, 64
STRIDE = INPUT / HEATMAP


def codec(sigma: float = 1.5, *, name: str = "hrnet_mm.FlooredHeatmap") -> Any:
    cfg = dict(type=name, input_size=(INPUT, INPUT), heatmap_size=(HEATMAP, HEATMAP), sigma=sigma)
    return KEYPOINT_CODECS.build(cfg)


def draw(place: np.ndarray, sigma: float) -> np.ndarray:
    """Draw a heatmap with the formula of lib/utils/transforms.py:252-289, pixel by pixel.

    ``place`` is in heatmap pixels. The Gaussian is cropped at the left and upper edge.
    """
    x, y = (int(coordinate) for coordinate in place)  # :152
    left, top = int(x - 3 * sigma), int(y - 3 * sigma)
    right, bottom = int(x + 3 * sigma + 1), int(y + 3 * sigma + 1)
    middle = (6 * sigma + 1) // 2
    heatmap = np.zeros((HEATMAP, HEATMAP))
    for row in range(max(0, top), min(HEATMAP, bottom)):
        for column in range(max(0, left), min(HEATMAP, right)):
            distance = (column - left - middle) ** 2 + (row - top - middle) ** 2
            heatmap[row, column] = np.exp(-distance / (2 * sigma**2))
    return heatmap


def read(heatmap: np.ndarray) -> np.ndarray:
    """Read a place in heatmap pixels with the formula of lib/core/evaluation.py:58-77."""
    y, x = np.unravel_index(heatmap.argmax(), heatmap.shape)
    place = np.array([x, y], float)
    if 0 < x < HEATMAP - 1 and 0 < y < HEATMAP - 1:
        place[0] += 0.25 * np.sign(heatmap[y, x + 1] - heatmap[y, x - 1])
        place[1] += 0.25 * np.sign(heatmap[y + 1, x] - heatmap[y - 1, x])
    return place + 0.5


def landmarks(count: int = 200, *, margin: float) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.uniform(-margin, INPUT + margin, (count, 2)).astype(np.float32)


@pytest.mark.parametrize("sigma", [1.0, 1.5])
def test_heatmaps_equal_the_official_formula(sigma: float) -> None:
    places = landmarks(margin=20)  # some beyond the border
    found = codec(sigma).encode(places[None])["heatmaps"]
    expected = [draw(place / STRIDE, sigma) for place in places]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_places_equal_the_official_formula(noise: float) -> None:
    heatmaps = np.array([draw(place / STRIDE, 1.5) for place in landmarks(margin=-12)], np.float32)
    heatmaps += noise * np.random.default_rng(1).random(heatmaps.shape, np.float32)
    found, scores = codec().decode(heatmaps)
    np.testing.assert_allclose(
        found[0], [STRIDE * read(heatmap) for heatmap in heatmaps], rtol=1e-6
    )
    np.testing.assert_allclose(scores[0], heatmaps.max((1, 2)))


def test_a_landmark_is_found_in_the_middle_of_its_pixel() -> None:
    places = landmarks(margin=-20)
    found, _ = codec().decode(codec().encode(places[None])["heatmaps"])
    errors = found[0] - places
    assert np.abs(errors).max() <= STRIDE / 2
    assert np.abs(errors.mean(0)).max() < 0.2


@pytest.mark.parametrize("name", ["hrnet_mm.FlooredHeatmap", "FlooredHeatmap"])
def test_is_known_by_both_names(name: str) -> None:
    assert type(codec(name=name)).__module__ == "hrnet_mm.codecs"
