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
    """Heatmaps whose peak is in the cell that the keypoint is in, read at that cell's middle.

    HRNet-Facial-Landmark-Detection: a place on the heatmap is cut to a whole number when it is
    drawn (lib/utils/transforms.py:152), and half a cell is added when it is read
    (lib/core/evaluation.py:77). MSRAHeatmap rounds to the nearest cell and adds nothing: weights of
    one rule, read by the other, are half a cell off.

    Args:
        input_size: Width and height of the network's input.
        heatmap_size: Width and height of the heatmaps.
        sigma: Deviation of the Gaussian, in cells.
    """

    def __init__(
        self, *, input_size: tuple[int, int], heatmap_size: tuple[int, int], sigma: float
    ) -> None:
        super().__init__(input_size=input_size, heatmap_size=heatmap_size, sigma=sigma)

    @property
    def _half_a_cell(self) -> np.ndarray:
        return self.scale_factor / 2

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Draw keypoints (1, K, 2) of the input image; MSRAHeatmap adds the half cell again."""
        return super().encode(keypoints - self._half_a_cell, keypoints_visible)

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read the keypoints (1, K, 2) of heatmaps (K, H, W) and their scores (1, K)."""
        keypoints, scores = super().decode(encoded)
        return keypoints + self._half_a_cell, scores
