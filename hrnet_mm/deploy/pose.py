"""Predicts poses in boxes as mmpose's top-down models do; numpy and OpenCV only."""

from collections.abc import Callable

import cv2
import numpy as np

from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.bundle import NetworkInput
from hrnet_mm.deploy.heatmaps import decode, mirrored
from hrnet_mm.deploy.images import normalized
from hrnet_mm.deploy.tasks import PoseTask, Size
from hrnet_mm.results import Poses

_MAX_BOXES = 32  # at once in the network: more need memory and bring no speed

Network = Callable[[np.ndarray], np.ndarray]


def poses_in(
    image: np.ndarray, boxes: Boxes, *, task: PoseTask, described: NetworkInput, network: Network
) -> Poses:
    """Predict the pose in each box, ranked, without duplicates.

    Args:
        image: (H, W, 3) in BGR order, uint8.
        boxes: Where to look.
        task: How.
        described: What the network takes.
        network: Maps a batch to its heatmaps.
    """
    assert described.width is not None
    assert described.height is not None
    input_size = (described.width, described.height)
    centers, scales = centers_and_scales(boxes.boxes, padding=task.padding, input_size=input_size)
    keypoints = np.zeros((len(centers), len(task.keypoints), 2), np.float32)
    keypoint_scores = np.zeros(keypoints.shape[:2], np.float32)
    limit = described.batch or _MAX_BOXES
    for start in range(0, len(centers), limit):
        crops = [
            cropped(image, center, scale, size=input_size, use_udp=task.use_udp)
            for center, scale in zip(
                centers[start : start + limit], scales[start : start + limit], strict=True
            )
        ]
        batch = normalized(crops, described)
        for number, heatmaps in enumerate(_heatmaps(batch, task, network), start):
            points, keypoint_scores[number] = decode(heatmaps, task.codec, input_size=input_size)
            corner = centers[number] - scales[number] / 2
            keypoints[number] = points / input_size * scales[number] + corner
    scores = task.scores.scores(keypoint_scores, boxes.scores)
    kept = task.scores.kept(keypoints, scores, areas=scales.prod(axis=1))
    return Poses(
        keypoints=keypoints[kept],
        keypoint_scores=keypoint_scores[kept],
        boxes=boxes.boxes[kept],
        scores=scores[kept],
        category_ids=None if boxes.category_ids is None else boxes.category_ids[kept],
    )


def _heatmaps(batch: np.ndarray, task: PoseTask, network: Network) -> np.ndarray:
    heatmaps = network(batch)
    if task.flip_test is None:
        return heatmaps
    of_mirrored = network(np.ascontiguousarray(batch[..., ::-1]))
    return (heatmaps + mirrored(of_mirrored, task.flip_test, task.flip_indices)) * np.float32(0.5)


def centers_and_scales(
    boxes: np.ndarray, *, padding: float, input_size: Size
) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and size of the parts of the image that the network sees, (N, 2) each.

    They are the padded boxes, (N, 4), widened or heightened to the shape of the input.
    """
    centers = (boxes[:, 2:] + boxes[:, :2]) * 0.5
    width, height = ((boxes[:, 2:] - boxes[:, :2]) * padding).T
    ratio = input_size[0] / input_size[1]
    is_wide = width > height * ratio
    scales = np.where(is_wide, [width, width / ratio], [height * ratio, height]).T
    return centers, scales


def cropped(
    image: np.ndarray, center: np.ndarray, scale: np.ndarray, *, size: Size, use_udp: bool
) -> np.ndarray:
    """Return a part of an image in the size of the network's input, as mmpose's TopdownAffine."""
    matrix = (_udp_matrix if use_udp else _matrix)(center, scale, size)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)


def _matrix(center: np.ndarray, scale: np.ndarray, size: Size) -> np.ndarray:
    """Return the transform, (2, 3), that keeps the ratio of the sides."""
    target = _three_points(np.array(size) / 2, size[0] / 2)
    return cv2.getAffineTransform(_three_points(center, scale[0] / 2), target)


def _three_points(center: np.ndarray, half: float) -> np.ndarray:
    # In float32, as mmpose computes it: OpenCV rounds to 1/32 of a pixel, where a last bit counts.
    middle = center.astype(np.float32)
    left = (center - (half, 0)).astype(np.float32)
    return np.stack([middle, left, left + (middle - left)[::-1]])


def _udp_matrix(center: np.ndarray, scale: np.ndarray, size: Size) -> np.ndarray:
    """Return the transform, (2, 3), that maps the outermost pixels' centres to each other."""
    by = (np.array(size, np.float32) - 1) / scale
    shift = by * (0.5 * scale - center)
    return np.array([[by[0], 0, shift[0]], [0, by[1], shift[1]]], np.float32)
