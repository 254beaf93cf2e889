"""Transforms of the official HRNet code that mmpose lacks."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from hrnet_mm.errors import UserError
from hrnet_mm.registry import TRANSFORMS, register

Draw = tuple[np.ndarray, np.ndarray]


class _BBoxTransform(BaseTransform):
    """Scale and rotate the box of each instance.

    Requires `bbox_scale` (N, 2), changes it, and adds `bbox_rotation` (N,) in degrees. The centre
    of the box stays.

    Args:
        scale_factor: Largest relative change of the scale.
        rotate_factor: Degrees; the subclass defines how they limit the angle.
        rotate_prob: Probability of rotating a box.

    Raises:
        UserError: A factor or the probability is out of range.
    """

    def __init__(self, *, scale_factor: float, rotate_factor: float, rotate_prob: float) -> None:
        super().__init__()
        if not 0 <= scale_factor < 1:
            raise UserError(f"scale_factor={scale_factor}: give 0 or more, and less than 1")
        if rotate_factor < 0:
            raise UserError(f"rotate_factor={rotate_factor}: give 0 or more degrees")
        if not 0 <= rotate_prob <= 1:
            raise UserError(f"rotate_prob={rotate_prob}: give a probability")
        self.scale_factor = scale_factor
        self.rotate_factor = rotate_factor
        self.rotate_prob = rotate_prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        boxes = results["bbox_scale"]
        scale, rotation = self._draw(len(boxes))
        results["bbox_scale"] = boxes * scale[:, None].astype(boxes.dtype)
        results["bbox_rotation"] = rotation.astype(np.float32)
        return results

    def _draw(self, num_boxes: int) -> Draw:
        """Draw the scale factor and the angle of each box."""
        raise NotImplementedError

    def _with_probability(self, angles: np.ndarray) -> np.ndarray:
        return np.where(np.random.rand(len(angles)) <= self.rotate_prob, angles, 0.0)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(scale_factor={self.scale_factor}, "
            f"rotate_factor={self.rotate_factor}, rotate_prob={self.rotate_prob})"
        )


@register(TRANSFORMS)
class ClippedBBoxTransform(_BBoxTransform):
    """Scale and rotate boxes by clipped normal variates, as the official pose code does.

    The scale is multiplied by a normal variate with mean 1 and standard deviation ``scale_factor``,
    clipped at one deviation; with ``rotate_prob``, the box is rotated by a normal variate with
    deviation ``rotate_factor`` degrees, clipped at two (JointsDataset.py:155-159). A third of the
    scales are at a limit; mmpose's RandomBBoxTransform, which truncates instead, draws almost none
    there.
    """

    @cache_randomness
    def _draw(self, num_boxes: int) -> Draw:
        scale, angle = np.random.randn(2, num_boxes)
        return (
            1 + self.scale_factor * np.clip(scale, -1, 1),
            self._with_probability(self.rotate_factor * np.clip(angle, -2, 2)),
        )


@register(TRANSFORMS)
class UniformBBoxTransform(_BBoxTransform):
    """Scale and rotate boxes by uniform variates, as the official code for face landmarks does.

    The scale is multiplied by a factor within ``scale_factor`` of 1; with ``rotate_prob``, the box
    is rotated by up to ``rotate_factor`` degrees (lib/datasets/wflw.py, ``__getitem__``).
    """

    @cache_randomness
    def _draw(self, num_boxes: int) -> Draw:
        scale, angle = np.random.uniform(-1, 1, (2, num_boxes))
        return 1 + self.scale_factor * scale, self._with_probability(self.rotate_factor * angle)


@register(TRANSFORMS)
class ZeroBasedKeypoints(BaseTransform):
    """Subtract 1 from keypoints of annotations that count pixels from 1, as in Matlab.

    Requires `keypoints` (N, K, 2) and changes it. For training on MPII (official mpii.py:71).
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        results["keypoints"] = results["keypoints"] - 1
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@register(TRANSFORMS)
class LandmarkBBox(BaseTransform):
    """Replace the box of each face by the bounding box of all its landmarks, in integer pixels.

    Requires `keypoints` (N, K, 2) and sets `bbox` (N, 4), before mmpose's GetBBoxCenterScale. For
    COFW (official cofw.py:63-72). In inference there are no `keypoints`, and the box stays.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        if "keypoints" in results:
            landmarks = results["keypoints"]
            corners = [np.floor(landmarks.min(axis=1)), np.ceil(landmarks.max(axis=1))]
            results["bbox"] = np.concatenate(corners, axis=1)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
