"""Keypoints are read from heatmaps as by the codecs."""

from typing import Any

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from mmpose.models.utils.tta import flip_heatmaps

from hrnet_mm.codecs import FlooredHeatmap
from hrnet_mm.deploy.heatmaps import decode, mirrored
from hrnet_mm.deploy.tasks import Codec, FlipTest

INPUT_SIZE, HEATMAP_SIZE = (96, 128), (24, 32)
SIZES: dict[str, Any] = dict(input_size=INPUT_SIZE, heatmap_size=HEATMAP_SIZE, sigma=1.5)
HOSTS = {
    "quarter": (MSRAHeatmap(**SIZES), Codec(name="MSRAHeatmap")),
    "dark": (
        MSRAHeatmap(**SIZES, unbiased=True, blur_kernel_size=3),
        Codec(name="MSRAHeatmap", unbiased=True, blur_kernel_size=3),
    ),
    "udp": (UDPHeatmap(**SIZES), Codec(name="UDPHeatmap")),
    "offset": (
        UDPHeatmap(**SIZES, heatmap_type="combined"),
        Codec(name="UDPHeatmap", heatmap_type="combined"),
    ),
    "floored": (FlooredHeatmap(**SIZES), Codec(name="FlooredHeatmap")),
}


def _heatmaps(codec: Codec, *, noise: float) -> np.ndarray:
    """Peaks everywhere in the image, in its corners too, one that is 0 and one below 0."""
    rng = np.random.default_rng(0)
    width, height = HEATMAP_SIZE
    places = rng.uniform((-1, -1), (width, height), (60, 2))
    corners = [(0, 0), (1, 1), (2, 2), (width - 1, 0), (width - 2, height - 2), (0, height - 1)]
    places = np.concatenate([places, corners])[:, :, None, None]
    rows, columns = np.mgrid[:height, :width]
    squares = (columns - places[:, 0]) ** 2 + (rows - places[:, 1]) ** 2
    heatmaps = 0.9 * np.exp(-squares / 2 / 1.5**2) + rng.normal(0, noise, squares.shape)
    heatmaps = np.concatenate([heatmaps, -heatmaps[:1]])
    if codec.heatmap_type == "combined":
        offsets = rng.uniform(-1, 1, (2, *heatmaps.shape))
        heatmaps = np.stack([heatmaps, *offsets], axis=1).reshape(-1, height, width)
    return heatmaps.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.5])
@pytest.mark.parametrize("kind", HOSTS)
def test_keypoints_are_those_of_the_codec(kind: str, noise: float) -> None:
    host, codec = HOSTS[kind]
    heatmaps = _heatmaps(codec, noise=noise)
    (expected,), (expected_scores,) = host.decode(heatmaps.copy())
    points, scores = decode(heatmaps, codec, input_size=INPUT_SIZE)
    np.testing.assert_allclose(points, expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(scores, expected_scores)
    assert np.ptp(points[:-1], axis=0).min() > 80


@pytest.mark.parametrize("kind", HOSTS)
def test_a_heatmap_of_zeros_is_no_error(kind: str) -> None:
    _, codec = HOSTS[kind]
    _, scores = decode(np.zeros((3, 32, 24), np.float32), codec, input_size=INPUT_SIZE)
    assert scores.max() == 0


@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("mode", ["heatmap", "udp_combined"])
def test_heatmaps_of_mirrored_images_turn_as_by_mmpose(mode: str, shift: bool) -> None:
    indices = (1, 0, 2)
    channels = 3 if mode == "heatmap" else 9
    heatmaps = np.random.default_rng(0).normal(size=(2, channels, 5, 4)).astype(np.float32)
    expected = flip_heatmaps(
        torch.tensor(heatmaps), flip_mode=mode, flip_indices=list(indices), shift_heatmap=shift
    )
    flip_test = FlipTest(mode=mode, shift=shift)  # type: ignore
    np.testing.assert_array_equal(mirrored(heatmaps, flip_test, indices), expected)
