"""Images on their way to a network, as in the toolboxes' pipelines; numpy and OpenCV only."""

from collections.abc import Sequence

import cv2
import numpy as np

from hrnet_mm.deploy.bundle import NetworkInput
from hrnet_mm.deploy.tasks import Resize, Size
from hrnet_mm.errors import UserError

_PILLOW_UNIT = 1 << 22  # Pillow's weights are multiples of its inverse (Resample.c)


def as_bgr(array: np.ndarray) -> np.ndarray:
    """Convert a grey, BGR or BGRA image to BGR; the transparency of BGRA is dropped.

    Args:
        array: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8.

    Returns:
        (H, W, 3), uint8, contiguous; the array itself if it is one.

    Raises:
        UserError: It has another shape or type, or no pixels.
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if (
        array.dtype != np.uint8
        or array.ndim not in (2, 3)
        or channels not in (1, 3, 4)
        or array.size == 0
    ):
        raise UserError(
            f"an array of {array.dtype} of shape {array.shape} is not taken as an image; give "
            "uint8 of shape (H, W), (H, W, 1), (H, W, 3) in BGR order or (H, W, 4) in BGRA order"
        )
    array = np.ascontiguousarray(array)
    if channels == 1:
        return cv2.cvtColor(array, cv2.COLOR_GRAY2BGR)
    return cv2.cvtColor(array, cv2.COLOR_BGRA2BGR) if channels == 4 else array


def resized(image: np.ndarray, resizes: Sequence[Resize]) -> np.ndarray:
    """Resize an image as mmcv's Resize does, once for each of the steps."""
    for step in resizes:
        height, width = image.shape[:2]
        size = step.scale
        if step.keep_ratio:
            by = min(max(size) / max(height, width), min(size) / min(height, width))
            size = (int(width * by + 0.5), int(height * by + 0.5))
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return image


def with_short_edge(image: np.ndarray, length: int, *, backend: str) -> np.ndarray:
    """Resize an image so that its shorter side has that length, as mmpretrain's ResizeEdge."""
    height, width = image.shape[:2]
    if width < height:
        size = (length, int(length * height / width))
    else:
        size = (int(length * width / height), length)
    if backend == "pillow":
        return resized_as_pillow(image, size)
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def resized_as_pillow(image: np.ndarray, size: Size) -> np.ndarray:
    """Resize an image, (H, W, 3), with Pillow's bilinear filter, to the bit.

    Only where no side grows while the other shrinks: there Pillow's order of the steps varies.

    Args:
        image: In uint8.
        size: Width and height.
    """
    width, height = size
    rows = _filtered(image.swapaxes(0, 1), width).swapaxes(0, 1)  # each row to its new width
    return _filtered(rows, height)


def _filtered(image: np.ndarray, length: int) -> np.ndarray:
    """Resize an image along its first axis: a triangle as wide as a pixel of the coarser grid."""
    old = len(image)
    step = old / length
    reach = max(step, 1.0)
    centers = (np.arange(length)[:, None] + 0.5) * step
    pixels = np.arange(old)
    first = np.maximum((centers - reach + 0.5).astype(int), 0)
    last = np.minimum((centers + reach + 0.5).astype(int), old)
    weights = np.maximum(1 - np.abs((pixels - centers + 0.5) * (1 / reach)), 0)
    weights[(pixels < first) | (pixels >= last)] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    weights = np.floor(weights * _PILLOW_UNIT + 0.5)
    # Products of whole numbers below 2^53, and their sums, are exact.
    sums = weights @ image.reshape(old, -1).astype(np.float64)
    values = np.floor(sums / _PILLOW_UNIT + 0.5).clip(0, 255).astype(np.uint8)
    return values.reshape(length, *image.shape[1:])


def center_crop(image: np.ndarray, size: Size) -> np.ndarray:
    """Take the part in the centre, of that width and height or less, as mmcv's CenterCrop."""
    width, height = size
    top = max(0, round((image.shape[0] - height) / 2))
    left = max(0, round((image.shape[1] - width) / 2))
    return image[top : top + height, left : left + width]


def normalized(images: Sequence[np.ndarray], described: NetworkInput) -> np.ndarray:
    """Make a batch, (N, 3, H, W), of images of one size as the data preprocessors do.

    Args:
        images: (H, W, 3) in BGR order, uint8.
        described: What the network takes.

    Returns:
        Normalised float32, in the network's order of channels, not yet padded.
    """
    batch = np.stack(images)
    if described.channel_order == "rgb":
        batch = batch[..., ::-1]
    mean, std = (np.array(v, np.float32) for v in (described.mean, described.std))
    values = (batch.astype(np.float32) - mean) / std
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def padded(batch: np.ndarray, described: NetworkInput) -> np.ndarray:
    """Pad a batch, (N, 3, H, W), at right and bottom to a size that the network takes.

    Raises:
        UserError: It is larger than what the network takes.
    """
    height, width = (-(-side // described.divisor) * described.divisor for side in batch.shape[2:])
    height, width = described.height or height, described.width or width
    missing = height - batch.shape[2], width - batch.shape[3]
    if min(missing) < 0:
        raise UserError(
            f"an image of {batch.shape[3]}x{batch.shape[2]} pixels, after its resizing, is too "
            f"large: the bundle was exported for {width}x{height}; export it with free sizes"
        )
    if missing == (0, 0):
        return batch
    margins = ((0, 0), (0, 0), (0, missing[0]), (0, missing[1]))
    return np.pad(batch, margins, constant_values=described.pad_value)
