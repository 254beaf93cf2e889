"""Coloured polygons, the figures made of them, and the canvas that paints them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import cos, pi, radians, sin

import cv2
import numpy as np

from demo.painter.classes import IGNORED_LABEL, Colour

SUPERSAMPLING = 3  # odd, so that a pixel's centre is the centre of a sample
FRACTION_BITS = 4  # of the fixed-point vertices that OpenCV draws


@dataclass(frozen=True)
class Shape:
    """A filled polygon.

    Attributes:
        points: (N, 2) vertices x, y.
        colour: Its fill; the outline is a darker tone of it.
        outlined: Whether it takes part in the outline of its group.
    """

    points: np.ndarray
    colour: Colour
    outlined: bool = field(default=True, kw_only=True)


def decor(points: np.ndarray, colour: Colour) -> Shape:
    """A shape without an outline."""
    return Shape(points, colour, outlined=False)


Group = tuple[Shape, ...]  # painted with one common outline, the last shape on top
Disc = tuple[np.ndarray, float]  # centre (2,) and radius


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A thing to be painted, in its own units: the stature of a person is about 1.

    Attributes:
        category: One of `THINGS`.
        groups: From back to front; x to the right, y down, the ground is y = 0.
        seat: What it rests on, painted before it and part of no class.
        keypoints: (17, 2) in the order of `KEYPOINTS`, for people.
        labelled: (17,) whether an annotator could tell where the keypoint is.
    """

    category: str
    groups: tuple[Group, ...]
    seat: Group = ()
    keypoints: np.ndarray | None = None
    labelled: np.ndarray = field(default_factory=lambda: np.ones(17, bool))

    def sides(self) -> tuple[float, float]:
        """The least and the greatest x."""
        xs = np.concatenate([shape.points[:, 0] for group in self.groups for shape in group])
        return float(xs.min()), float(xs.max())


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a figure stands: the image coordinates of its origin and its unit, in pixels."""

    x: float
    y: float
    scale: float

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Map (N, 2) figure coordinates to image coordinates; pixel centres are whole numbers."""
        return points * self.scale + (self.x, self.y)


class Canvas:
    """An image being painted, and for every sample the mark of what was painted there last.

    Args:
        width: Of the finished image, in pixels.
        height: Of the finished image, in pixels.

    Attributes:
        mark: What the next paint is: a stuff train id, `IGNORED_LABEL` or the number of a thing.
    """

    def __init__(self, *, width: int, height: int) -> None:
        self.width, self.height = width, height
        shape = (height * SUPERSAMPLING, width * SUPERSAMPLING)
        self.samples = np.zeros((*shape, 3), np.uint8)
        self.sample_marks = np.full(shape, IGNORED_LABEL, np.uint8)
        self.mark = IGNORED_LABEL

    @property
    def image(self) -> np.ndarray:
        """The image at its final size: (H, W, 3) uint8, RGB."""
        return cv2.resize(
            self.samples, (self.width, self.height), interpolation=cv2.INTER_AREA
        ).astype(np.uint8)

    @property
    def marks(self) -> np.ndarray:
        """The mark at the centre of every pixel: (H, W) uint8."""
        middle = SUPERSAMPLING // 2
        return self.sample_marks[middle::SUPERSAMPLING, middle::SUPERSAMPLING]

    def paint(self, figure: Figure, placement: Placement, *, mark: int) -> None:
        """Paint a thing over what is there, its seat first."""
        for groups, group_mark in (((figure.seat,), IGNORED_LABEL), (figure.groups, mark)):
            self.mark = group_mark
            for group in groups:
                self._paint_group(group, placement)

    def _paint_group(self, group: Group, placement: Placement) -> None:
        outline = float(np.clip(0.016 * placement.scale, 0.8, 2.2))  # half of it lies outside
        for shape in group:
            if shape.outlined:
                points = placement.to_image(shape.points)
                self.line(points, darker(shape.colour, 0.62), width=outline, closed=True)
        for shape in group:
            self.fill(placement.to_image(shape.points), shape.colour)

    def fill(self, points: np.ndarray, colour: Colour) -> None:
        """Fill a polygon (N, 2) given in image coordinates."""
        vertices = [_fixed_point(points)]
        cv2.fillPoly(self.samples, vertices, colour, shift=FRACTION_BITS)
        cv2.fillPoly(self.sample_marks, vertices, self.mark, shift=FRACTION_BITS)

    def line(
        self, points: np.ndarray, colour: Colour, *, width: float, closed: bool = False
    ) -> None:
        """Draw a polyline (N, 2) in image coordinates, ``width`` pixels wide."""
        vertices = [_fixed_point(points)]
        samples = max(1, round(width * SUPERSAMPLING))
        cv2.polylines(self.samples, vertices, closed, colour, samples, shift=FRACTION_BITS)
        cv2.polylines(self.sample_marks, vertices, closed, self.mark, samples, shift=FRACTION_BITS)

    def fill_with(self, points: np.ndarray, texture: np.ndarray) -> None:
        """Fill a polygon (N, 2) with what a texture of the size of the samples shows there."""
        region = self._region(points)
        cv2.copyTo(texture, region, self.samples)
        self.sample_marks[region > 0] = self.mark

    def shade(self, points: np.ndarray, factor: float) -> None:
        """Darken a polygon (N, 2); what shows there stays what it is."""
        region = self._region(points)
        left, top, width, height = cv2.boundingRect(region)
        here = (slice(top, top + height), slice(left, left + width))
        inside = region[here] > 0
        self.samples[here][inside] = (self.samples[here][inside] * factor).astype(np.uint8)

    def _region(self, points: np.ndarray) -> np.ndarray:
        region = np.zeros(self.sample_marks.shape, np.uint8)
        cv2.fillPoly(region, [_fixed_point(points)], 255, shift=FRACTION_BITS)
        return region


def _fixed_point(points: np.ndarray) -> np.ndarray:
    samples = (points + 0.5) * SUPERSAMPLING - 0.5
    return np.round(samples * 2**FRACTION_BITS).astype(np.int32)


def between(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """The point that lies ``share`` of the way from the start to the end."""
    return start + (end - start) * share


def moved(points: np.ndarray, x: float, y: float) -> np.ndarray:
    """Move a point (2,) or points (N, 2)."""
    return points + np.array([x, y])


def transformed(
    groups: Iterable[Group], transform: Callable[[np.ndarray], np.ndarray]
) -> tuple[Group, ...]:
    """Map the points (N, 2) of every shape."""
    return tuple(
        tuple(replace(shape, points=transform(shape.points)) for shape in group) for group in groups
    )


def polygon(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, float)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(
    centre: np.ndarray | tuple[float, float],
    radius_x: float,
    radius_y: float,
    *,
    turn: float = 0,
    arc: tuple[float, float] = (0, 360),
) -> np.ndarray:
    """The (28, 2) outline of an ellipse or of its arc; angles in degrees, clockwise from +x."""
    points = on_circle(np.radians(np.linspace(*arc, 28))) * (radius_x, radius_y)
    return rotated(points, turn) + centre


def hull(*discs: Disc) -> np.ndarray:
    """The outline (N, 2) of a band around discs: of a tapered limb if there are two."""
    ring = on_circle(np.linspace(0, 2 * pi, 16, endpoint=False))
    points = np.concatenate([centre + radius * ring for centre, radius in discs])
    return cv2.convexHull(points.astype(np.float32))[:, 0].astype(float)


def on_circle(angles: np.ndarray) -> np.ndarray:
    """The points (N, 2) of the unit circle at angles in radians, clockwise from +x."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def rotated(points: np.ndarray, degrees: float) -> np.ndarray:
    """Turn (N, 2) points about the origin, clockwise as seen in an image."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def darker(colour: Colour, factor: float) -> Colour:
    return mixed(colour, (0, 0, 0), 1 - factor)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """``share`` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def random_colour(
    rng: np.random.Generator,
    *,
    hue: tuple[float, float] = (0, 360),
    saturation: tuple[float, float] = (0.1, 0.85),
    brightness: tuple[float, float] = (0.25, 1.0),
) -> Colour:
    """Draw a colour; hues in degrees, 0 and 360 are red."""
    hsv = np.array([[[rng.uniform(*each) for each in (hue, saturation, brightness)]]])
    red, green, blue = cv2.cvtColor(hsv.astype(np.float32), cv2.COLOR_HSV2RGB)[0, 0]
    return round(float(red) * 255), round(float(green) * 255), round(float(blue) * 255)
