"""Two things in a noisy image, their boxes, outlines, points and labels."""

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 160, 128

Box = tuple[int, int, int, int]  # left, top, width, height


def write_image(path: Path, seed: int) -> list[Box]:
    """Draw a thing in each half of a noisy image; give their boxes."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 80, (HEIGHT, WIDTH, 3), np.uint8)
    half = WIDTH // 2
    boxes: list[Box] = []
    for left in (4, half + 4):
        width, height = (int(size) for size in generator.integers((44, 64), (64, 100)))
        x = left + int(generator.integers(0, half - 8 - width + 1))
        y = int(generator.integers(4, HEIGHT - 4 - height))
        color = generator.integers(100, 256, 3).tolist()
        cv2.fillPoly(image, [outline((x, y, width, height))], color)
        boxes.append((x, y, width, height))
    save(path, image)
    return boxes


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def outline(box: Box) -> np.ndarray:
    """Cut the corners off a box."""
    x, y, w, h = box
    points = [(0.2, 0), (0.8, 0), (1, 0.2), (1, 0.8), (0.8, 1), (0.2, 1), (0, 0.8), (0, 0.2)]
    return np.array([(x + w * right, y + h * down) for right, down in points]).astype(np.int32)


def points_in(box: Box, count: int) -> list[tuple[float, float]]:
    """Place different points on a spiral inside a box."""
    x, y, w, h = box
    angles, radii = np.linspace(0, 4 * np.pi, count), np.linspace(0.1, 0.45, count)
    across = x + w * (0.5 + radii * np.cos(angles))
    down = y + h * (0.5 + radii * np.sin(angles))
    return [(round(float(a), 2), round(float(d), 2)) for a, d in zip(across, down, strict=True)]


def label_map(boxes: list[Box], *, values: int, seed: int) -> np.ndarray:
    """Label the two halves, the things in them and a border that is not counted, below values."""
    generator = np.random.default_rng(seed)
    numbers = [int(number) for number in generator.permutation(values)[: 2 + len(boxes)]]
    labels = np.full((HEIGHT, WIDTH), numbers[0], np.uint8)
    labels[:, WIDTH // 2 :] = numbers[1]
    for box, number in zip(boxes, numbers[2:], strict=True):
        cv2.fillPoly(labels, [outline(box)], number)
    labels[:2] = 255
    return labels
