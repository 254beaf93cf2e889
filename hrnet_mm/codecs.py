"""A keypoint codec that mmpose lacks: that of the official code for face landmarks.

Needs mmpose, and is imported right after ``mmpose.codecs`` is.
"""

import numpy as np
from mmengine.registry import Registry
from mmpose.codecs import MSRAHeatmap
from mmpose.registry import KEYPOINT_CODECS as MMPOSE_CODECS

from hrnet_mm.registry import SCOPE, register

KEYPOINT_CODECS = Registry(
    "keypoint codec", parent=MMPOSE_CODECS, scope=SCOPE, locations=["hrnet_mm.codecs"]
)


@register(KEYPOINT_CODECS)
class FlooredHeatmap(MSRAHeatmap):
    """Heatmaps whose peak is the pixel that contains the keypoint, decoded to that pixel's centre.

    HRNet-Facial-Landmark-Detection floors heatmap coordinates when encoding
    (lib/utils/transforms.py:152), and adds half a heatmap pixel when decoding
    (lib/core/evaluation.py:77). MSRAHeatmap rounds to the nearest pixel and adds nothing: weights
    trained with one codec are half a pixel off when decoded with the other.

    Args:
        input_size: Width and height of the network's input.
        heatmap_size: Width and height of the heatmaps.
        sigma: Standard deviation of the Gaussian, in heatmap pixels.
    """

    def __init__(
        self, *, input_size: tuple[int, int], heatmap_size: tuple[int, int], sigma: float
    ) -> None:
        super().__init__(input_size=input_size, heatmap_size=heatmap_size, sigma=sigma)

    @property
    def _half_pixel(self) -> np.ndarray:
        return self.scale_factor / 2

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Encode keypoints (1, K, 2) of the input image; MSRAHeatmap adds the half pixel again."""
        return super().encode(keypoints - self._half_pixel, keypoints_visible)

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Decode heatmaps (K, H, W) to keypoints (1, K, 2) and their scores (1, K)."""
        keypoints, scores = super().decode(encoded)
        return keypoints + self._half_pixel, scores
