"""Makes label maps as mmseg's models do; numpy and OpenCV only."""

from collections.abc import Callable

import cv2
import numpy as np

from hrnet_mm.deploy.bundle import NetworkInput
from hrnet_mm.deploy.images import normalized, padded, resized
from hrnet_mm.deploy.tasks import SegTask, Window
from hrnet_mm.results import LabelMap

Network = Callable[[np.ndarray], np.ndarray]


def label_map_of(
    image: np.ndarray, *, task: SegTask, described: NetworkInput, network: Network
) -> LabelMap:
    """Predict the class of each pixel.

    Args:
        image: (H, W, 3) in BGR order, uint8.
        task: How.
        described: What the network takes.
        network: Maps a batch to its logits, at any stride, or to labels, (N, H, W). These become as
            large as the image by nearest neighbours, since their logits are not known.
    """
    kind = np.uint8 if len(task.classes) < np.iinfo(np.uint8).max else np.uint16

    def logits_of(part: np.ndarray) -> np.ndarray:
        whole = padded(part, described)
        logits = network(whole)[0]
        if logits.ndim == 3:
            logits = interpolated(logits, whole.shape[2:], align_corners=task.align_corners)
        return logits[..., : part.shape[2], : part.shape[3]]

    inputs = normalized([resized(image, task.resizes)], described)
    logits = logits_of(inputs) if task.window is None else _slide(inputs, task.window, logits_of)
    if logits.ndim == 2:
        size = image.shape[1::-1]
        labels = cv2.resize(logits.astype(kind), size, interpolation=cv2.INTER_NEAREST_EXACT)
        return LabelMap(labels=labels)
    logits = interpolated(logits, image.shape[:2], align_corners=task.align_corners)
    return LabelMap(labels=logits.argmax(axis=0).astype(kind))


def _slide(inputs: np.ndarray, window: Window, network: Network) -> np.ndarray:
    """Return the mean of the logits of overlapping windows, as mmseg's slide_inference."""
    (width, height), (step_x, step_y) = window.size, window.stride
    places = [
        (slice(max(bottom - height, 0), bottom), slice(max(right - width, 0), right))
        for bottom in _ends(inputs.shape[2], height, step_y)
        for right in _ends(inputs.shape[3], width, step_x)
    ]
    parts = [network(inputs[:, :, *place]) for place in places]
    total = np.zeros((len(parts[0]), *inputs.shape[2:]), np.float32)
    count = np.zeros(inputs.shape[2:], np.float32)
    for place, part in zip(places, parts, strict=True):
        total[:, *place] += part
        count[place] += 1
    return total / count


def _ends(length: int, side: int, step: int) -> list[int]:
    """Return where windows end: the last ones at the image's end."""
    number = max(length - side + step - 1, 0) // step + 1
    return [min(i * step + side, length) for i in range(number)]


def interpolated(maps: np.ndarray, size: tuple[int, ...], *, align_corners: bool) -> np.ndarray:
    """Resize feature maps, (C, H, W), to height and width as torch's bilinear interpolation."""
    for axis, length in ((2, size[1]), (1, size[0])):  # whole rows are quicker to gather
        maps = _interpolated_along(maps, axis, length, align_corners=align_corners)
    return maps


def _interpolated_along(
    maps: np.ndarray, axis: int, length: int, *, align_corners: bool
) -> np.ndarray:
    old = maps.shape[axis]
    if length == old:
        return maps
    positions = np.arange(length, dtype=np.float32)
    if align_corners:
        positions *= np.float32((old - 1) / max(length - 1, 1))
    else:
        positions = np.maximum((positions + 0.5) * np.float32(old / length) - 0.5, 0)
    lower = np.minimum(positions.astype(int), old - 1)
    upper = np.minimum(lower + 1, old - 1)
    weights = (positions - lower).astype(np.float32)
    weights = weights[:, None] if axis == 1 else weights
    result, other = maps.take(lower, axis), maps.take(upper, axis)
    result *= 1 - weights
    other *= weights
    result += other
    return result
