"""Reads keypoints from heatmaps, as mmpose's codecs decode them; numpy and OpenCV only."""

from collections.abc import Callable

import cv2
import numpy as np

from hrnet_mm.deploy.tasks import Codec, FlipTest, Size

_ABSENT = -1.0  # coordinate of a keypoint whose heatmap is nowhere above 0


def decode(
    heatmaps: np.ndarray, codec: Codec, *, input_size: Size
) -> tuple[np.ndarray, np.ndarray]:
    """Read the keypoints of one instance.

    Args:
        heatmaps: (K, H, W), float32; of "combined" ones three for each keypoint.
        codec: How.
        input_size: Width and height of the network's input.

    Returns:
        (K, 2) in pixels of the input, and (K,) scores.
    """
    size = np.array(heatmaps.shape[:0:-1])  # width, height
    if codec.name == "UDPHeatmap":
        read = _offset if codec.heatmap_type == "combined" else _refined_by_udp
        points, scores = read(heatmaps, codec)
        return points / (size - 1) * input_size, scores
    points, scores = _peaks(heatmaps)
    if codec.unbiased:
        points = points + _dark_shift(_smoothed(heatmaps, codec.blur_kernel_size), points)
    else:
        points = points + _quarter_shift(heatmaps, points)
    to_input = (np.array(input_size) / size).astype(np.float32)
    half_pixel = 0.5 if codec.name == "FlooredHeatmap" else 0.0
    return (points + half_pixel) * to_input, scores


def mirrored(heatmaps: np.ndarray, flip_test: FlipTest, indices: tuple[int, ...]) -> np.ndarray:
    """Turn the heatmaps of mirrored images, (N, K, H, W), into those of the images.

    Args:
        heatmaps: Float32.
        flip_test: How.
        indices: For each keypoint that on the other side.
    """
    batch, _, height, width = heatmaps.shape
    by_keypoint = heatmaps.reshape(batch, len(indices), -1, height, width)
    result = by_keypoint[:, list(indices), :, :, ::-1].copy()
    if flip_test.mode == "udp_combined":
        result[:, :, 1] *= -1  # offsets in x
    if flip_test.shift:
        result[..., 1:] = result[..., :-1].copy()
    return result.reshape(heatmaps.shape)


def _peaks(heatmaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    number, _, width = heatmaps.shape
    flat = heatmaps.reshape(number, -1)
    rows, columns = np.divmod(flat.argmax(axis=1), width)
    scores = flat.max(axis=1)
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    points[scores <= 0] = _ABSENT
    return points, scores


def _smoothed(heatmaps: np.ndarray, kernel: int) -> np.ndarray:
    """Blur heatmaps as if they were 0 outside, and keep the height of the peaks."""
    border = (kernel - 1) // 2
    margins = ((0, 0), (border, border), (border, border))
    blurred = [cv2.GaussianBlur(h, (kernel, kernel), 0) for h in np.pad(heatmaps, margins)]
    height, width = heatmaps.shape[1:]
    result = np.stack(blurred)[:, border : border + height, border : border + width]
    # Of a heatmap that is 0 everywhere the quotient is not a number; it has no peak to refine.
    with np.errstate(invalid="ignore", divide="ignore"):
        return result * (heatmaps.max(axis=(1, 2)) / result.max(axis=(1, 2)))[:, None, None]


def _quarter_shift(heatmaps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return a quarter of a pixel towards the higher neighbour, (K, 2); 0 at the border."""
    height, width = heatmaps.shape[1:]
    x, y = points.T
    at = _reader(heatmaps, np.arange(len(points)), points)
    dx = np.where((x > 1) & (x < width - 1) & (y > 0), at(1, 0) - at(-1, 0), 0)
    dy = np.where((y > 1) & (y < height - 1) & (x > 0), at(0, 1) - at(0, -1), 0)
    return np.sign(np.stack([dx, dy], axis=1)) * np.float32(0.25)


def _dark_shift(smoothed: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return Newton's step to the peak of the logarithm, (K, 2); 0 within 2 pixels of the border.

    Derivatives are differences over two pixels, the second ones those of the first (arXiv
    1910.06278).
    """
    logarithm = np.log(np.maximum(smoothed, 1e-10))
    height, width = smoothed.shape[1:]
    x, y = points.T
    k = np.flatnonzero((x > 1) & (x < width - 2) & (y > 1) & (y < height - 2))
    at = _reader(logarithm, k, points[k])
    gradient = 0.5 * np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], axis=-1)
    dxx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    dxy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    dyy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    usable = dxx * dyy - dxy**2 != 0
    hessian = np.stack([dxx, dxy, dxy, dyy], axis=-1).reshape(-1, 2, 2)[usable]
    shift = np.zeros_like(points)
    shift[k[usable]] = -(np.linalg.inv(hessian) @ gradient[usable, :, None])[..., 0]
    return shift


def _refined_by_udp(heatmaps: np.ndarray, codec: Codec) -> tuple[np.ndarray, np.ndarray]:
    """Return peaks after Newton's step, with differences over one pixel (arXiv 1911.07524)."""
    points, scores = _peaks(heatmaps)
    logarithm = np.log(np.clip(_smoothed(heatmaps, codec.blur_kernel_size), 1e-3, 50.0))
    outside_too = np.pad(logarithm, ((0, 0), (1, 1), (1, 1)), mode="edge")
    at = _reader(outside_too, np.arange(len(points)), points + 1)
    gradient = 0.5 * np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], axis=-1)
    dxx = at(1, 0) - 2 * at(0, 0) + at(-1, 0)
    dyy = at(0, 1) - 2 * at(0, 0) + at(0, -1)
    dxy = 0.5 * (at(1, 1) - at(1, 0) - at(0, 1) + 2 * at(0, 0) - at(-1, 0) - at(0, -1) + at(-1, -1))
    hessian = np.stack([dxx, dxy, dxy, dyy], axis=-1).reshape(-1, 2, 2)
    inverse = np.linalg.inv(hessian + np.finfo(np.float32).eps * np.eye(2))
    return points - (inverse @ gradient[..., None])[..., 0], scores


def _offset(heatmaps: np.ndarray, codec: Codec) -> tuple[np.ndarray, np.ndarray]:
    """Return peaks of blurred heatmaps, moved by the offsets that stand there."""
    kernel = 2 * codec.blur_kernel_size + 1
    blurred = [cv2.GaussianBlur(heatmap, (kernel, kernel), 0) for heatmap in heatmaps[::3]]
    points, scores = _peaks(np.stack(blurred))
    k = np.arange(len(points))
    offsets = np.stack([_reader(heatmaps[i::3], k, points)(0, 0) for i in (1, 2)], axis=1)
    return points + offsets * (codec.radius_factor * max(heatmaps.shape[1:])), scores


def _reader(heatmaps: np.ndarray, k: np.ndarray, points: np.ndarray) -> Callable[..., np.ndarray]:
    """Return a function of dx and dy that gives the values beside a point of each heatmap ``k``."""
    _, height, width = heatmaps.shape
    x, y = points.T.astype(int)
    flat, here = heatmaps.ravel(), (k * height + y) * width + x
    # Beside the first pixel, where mmpose looks without a peak, is the end of the heatmap before.
    return lambda dx, dy: flat.take(here + dx + dy * width, mode="wrap")
