"""Draws what was predicted or annotated onto its image, by the visualizer of its toolbox."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from hrnet_mm.apis.painters import PAINTERS, Painter
from hrnet_mm.results import ClassScores, LabelMap, Result


class Drawer:
    """Draws results of any task; a toolbox is imported when one of its results is drawn.

    No visualizer is registered by name, no file is written, and no random numbers are used up.

    Args:
        dataset_meta: The names and colours of the classes or keypoints. Where it has no colours, or
            not enough, the toolbox's default ones are taken.
        visualizer: The config's ``visualizer``, whose options hold if its type is the toolbox's.
        is_truth: Whether results are annotations, whose scores say nothing.
    """

    def __init__(
        self,
        *,
        dataset_meta: Mapping[str, Any] | None,
        visualizer: Mapping[str, Any] | None = None,
        is_truth: bool = False,
    ) -> None:
        self._meta = dict(dataset_meta or {})
        self._config = dict(visualizer or {})
        self._is_truth = is_truth
        self._painters: dict[type[Result], Painter] = {}

    def draw(self, image: np.ndarray, result: Result) -> np.ndarray:
        """Draw a result onto a copy of its image.

        Args:
            image: (H, W) or (H, W, C), of any type.
            result: What was predicted for it.

        Returns:
            (H, W, 3) in BGR order, uint8; the image alone if nothing was found in it.
        """
        rgb = np.ascontiguousarray(as_bgr(image)[..., ::-1])
        if not _is_empty(result):
            with _no_traces():
                rgb = self._painter_of(type(result)).paint(rgb, result)
        return np.ascontiguousarray(rgb[..., ::-1])

    def _painter_of(self, kind: type[Result]) -> Painter:
        if kind not in self._painters:
            self._painters[kind] = PAINTERS[kind](
                meta=self._meta, config=self._config, is_truth=self._is_truth
            )
        return self._painters[kind]


def as_bgr(image: np.ndarray) -> np.ndarray:
    """Show an image as (H, W, 3), uint8: its first three channels, or its first as grey.

    Values of other types are stretched, from the least to the greatest of the image.
    """
    if image.ndim == 2:
        image = image[..., None]
    channels = image[..., :3] if image.shape[2] >= 3 else image[..., :1].repeat(3, axis=2)
    if channels.dtype == np.uint8:
        return channels
    values = np.nan_to_num(channels.astype(np.float32))
    return cv2.normalize(values, np.empty(0), 0, 255, cv2.NORM_MINMAX).round().astype(np.uint8)


def _is_empty(result: Result) -> bool:
    match result:
        case LabelMap():
            return bool((result.labels == result.void).all())
        case ClassScores():
            return False
        case _:
            return len(result.scores) == 0


@contextmanager
def _no_traces() -> Iterator[None]:
    # mmdet shifts the colours of masks at random, and all warn of boxes beyond the image.
    state = np.random.get_state()
    np.random.seed(0)
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            yield
    finally:
        np.random.set_state(state)
