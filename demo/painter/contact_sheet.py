"""A sheet that shows scenes as they are, with their instances and keypoints, and as labels."""

from collections.abc import Sequence

import cv2
import numpy as np

from demo.painter.classes import (
    IGNORED_LABEL,
    KEYPOINTS,
    PALETTE,
    SEMANTIC_CLASSES,
    SKELETON,
    Colour,
)
from demo.painter.scenes import Instance, Scene
from hrnet_mm.errors import UserError

ZOOM = 2  # the overlays are drawn at twice the scene's size, so that joints stay apart
GAP = 6
LEFT: Colour = (64, 196, 255)
RIGHT: Colour = (255, 144, 48)
MIDDLE: Colour = (255, 255, 255)
OCCLUDED: Colour = (20, 20, 20)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def contact_sheet(scenes: Sequence[Scene], *, columns: int = 4) -> np.ndarray:
    """Arrange scenes in bands of three rows: the image, its instances, its label map.

    Args:
        scenes: At least one.
        columns: How many scenes per row.

    Returns:
        (H, W, 3) uint8, RGB.
    """
    if not scenes or columns < 1:
        raise UserError(f"a sheet needs scenes and columns, not {len(scenes)} and {columns}")
    bands = [scenes[start : start + columns] for start in range(0, len(scenes), columns)]
    rows = [
        [draw(scene) for scene in band]
        for band in bands
        for draw in (_zoomed_image, draw_instances, draw_labels)
    ]
    height, width = rows[0][0].shape[:2]
    sheet = np.full(
        (len(rows) * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), 255, np.uint8
    )
    for r, row in enumerate(rows):
        for c, panel in enumerate(row):
            y, x = GAP + r * (height + GAP), GAP + c * (width + GAP)
            sheet[y : y + height, x : x + width] = panel
    return sheet


def _zoomed_image(scene: Scene) -> np.ndarray:
    return _zoomed(scene.image, cv2.INTER_CUBIC)


def _zoomed(image: np.ndarray, interpolation: int) -> np.ndarray:
    return cv2.resize(image, None, fx=ZOOM, fy=ZOOM, interpolation=interpolation).astype(np.uint8)


def draw_instances(scene: Scene) -> np.ndarray:
    """The image with masks, boxes, class names and skeletons: (2H, 2W, 3) uint8, RGB."""
    image = _zoomed_image(scene) // 2 + 70
    for instance in scene.instances:
        colour = PALETTE[SEMANTIC_CLASSES.index(instance.category)]
        mask = _zoomed(instance.mask.astype(np.uint8), cv2.INTER_NEAREST) > 0
        image[mask] = (image[mask] * 0.45 + np.array(colour) * 0.55).astype(np.uint8)
    for instance in scene.instances:
        _draw_box(image, instance)
    for instance in scene.instances:
        if instance.keypoints is not None:
            _draw_skeleton(image, instance.keypoints)
    return image


def _draw_box(image: np.ndarray, instance: Instance) -> None:
    colour = PALETTE[SEMANTIC_CLASSES.index(instance.category)]
    x, y, width, height = (ZOOM * number for number in instance.box)
    cv2.rectangle(image, (x, y), (x + width - 1, y + height - 1), colour, 2)
    origin = (x + 2, max(y - 4, 12))
    for shade, thickness in (((255, 255, 255), 4), (colour, 1)):
        cv2.putText(image, instance.category, origin, FONT, 0.45, shade, thickness, cv2.LINE_AA)


def _draw_skeleton(image: np.ndarray, keypoints: np.ndarray) -> None:
    points = np.round((keypoints[:, :2] + 0.5) * ZOOM).astype(int).tolist()
    for start, end in SKELETON:
        a, b = KEYPOINTS.index(start), KEYPOINTS.index(end)
        if keypoints[a, 2] and keypoints[b, 2]:
            colour = _side_colour(start) if _side_colour(start) == _side_colour(end) else MIDDLE
            cv2.line(image, points[a], points[b], colour, 2, cv2.LINE_AA)
    for name, point, visibility in zip(KEYPOINTS, points, keypoints[:, 2], strict=True):
        if visibility:
            cv2.circle(image, point, 4, OCCLUDED, -1, cv2.LINE_AA)
        if visibility == 2:
            cv2.circle(image, point, 3, _side_colour(name), -1, cv2.LINE_AA)


def _side_colour(keypoint: str) -> Colour:
    return {"left": LEFT, "right": RIGHT}.get(keypoint.partition("_")[0], MIDDLE)


def draw_labels(scene: Scene) -> np.ndarray:
    """The label map in the colours of `PALETTE`, ignored pixels black: (2H, 2W, 3) uint8, RGB."""
    colours = np.zeros((IGNORED_LABEL + 1, 3), np.uint8)
    colours[: len(PALETTE)] = PALETTE
    return _zoomed(colours[scene.label_map], cv2.INTER_NEAREST)
