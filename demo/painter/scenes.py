"""A scene: people and other things before a background, and what is known of every one of them."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from demo.painter.backgrounds import paint_background
from demo.painter.classes import IGNORED_LABEL, SEMANTIC_CLASSES, STUFF, THINGS
from demo.painter.objects import random_object
from demo.painter.people import random_person
from demo.painter.shapes import Canvas, Figure, Placement, ellipse
from hrnet_mm.errors import UserError

SPLITS = ("train", "val")
WIDTH, HEIGHT = 320, 240  # pixels
FIRST_THING = 100  # the mark of the first thing in an image; below are the train ids of stuff

PEOPLE_SHARES = (0.4, 0.4, 0.2)  # of images with 1, 2, 3 people
OBJECT_SHARES = (0.1, 0.3, 0.35, 0.25)  # of images with 1, 2, 3, 4 other things
STATURES = ((115, 215), (100, 195), (85, 165))  # pixels, by the number of people
OBJECT_STATURES = (60, 150)
MAX_TRIES = 8  # places that are tried for a thing before it is left out

MIN_VISIBLE_PERSON = 0.85  # share of the area that nearer things must leave
MIN_VISIBLE = 0.5
MIN_KEYPOINTS = 10  # in the image
MIN_AREA = 60  # pixels
WIDE_SHADOWS = ("car", "dog")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A thing in a scene.

    Attributes:
        category: One of `THINGS`.
        mask: (H, W) bool, its visible pixels; never empty.
        keypoints: (17, 3) float, for people: x, y in pixels and the visibility of COCO, which is 2
            where the person shows at that pixel, 1 where something else hides it, and 0 (with
            x = y = 0) outside the image and on the far side of the head.
    """

    category: str
    mask: np.ndarray
    keypoints: np.ndarray | None = None

    @property
    def area(self) -> int:
        """Visible pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The tight box around the visible pixels: x, y, width, height."""
        rows, columns = self.mask.nonzero()
        x, y = int(columns.min()), int(rows.min())
        return x, y, int(columns.max()) - x + 1, int(rows.max()) - y + 1


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An image and its ground truth.

    Attributes:
        image: (H, W, 3) uint8, RGB.
        label_map: (H, W) uint8 train ids of `SEMANTIC_CLASSES`, or `IGNORED_LABEL`.
        instances: From the farthest to the nearest.
    """

    image: np.ndarray
    label_map: np.ndarray
    instances: tuple[Instance, ...]


@dataclass(frozen=True, kw_only=True)
class _Painted:
    figure: Figure
    placement: Placement
    full_area: int  # pixels, before nearer things were painted

    def shows_enough(self, area: int) -> bool:
        share = MIN_VISIBLE_PERSON if self.figure.category == "person" else MIN_VISIBLE
        return area >= max(share * self.full_area, MIN_AREA)


def draw_scene(*, seed: int, split: str, index: int) -> Scene:
    """Draw one scene; equal arguments give equal scenes.

    Args:
        seed: Of the whole dataset, 0 or more.
        split: One of `SPLITS`.
        index: Of the scene in its split.
    """
    if split not in SPLITS:
        raise UserError(f"split must be one of {SPLITS}, not {split!r}")
    if seed < 0:
        raise UserError(f"seed must be 0 or more, not {seed}")
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    canvas = Canvas(width=WIDTH, height=HEIGHT)
    horizon = paint_background(canvas, rng)
    painted: list[_Painted] = []
    for figure, placement in sorted(_things(horizon, rng), key=lambda thing: thing[1].y):
        canvas = _paint_somewhere(canvas, figure, placement, painted, rng)
    return Scene(
        image=_lit(canvas.image, rng),
        label_map=_label_map(canvas.marks, painted),
        instances=tuple(_instances(canvas.marks, painted)),
    )


def _things(horizon: float, rng: np.random.Generator) -> list[tuple[Figure, Placement]]:
    """Draw what is to appear, each at a distance from the viewer and still at x = 0."""
    people = 1 + int(rng.choice(len(PEOPLE_SHARES), p=PEOPLE_SHARES))
    objects = 1 + int(rng.choice(len(OBJECT_SHARES), p=OBJECT_SHARES))
    camera = rng.uniform(0.55, 0.85)  # its height above the ground, in statures
    things = []
    for number in range(people + objects):
        is_person = number < people
        low, high = STATURES[people - 1] if is_person else OBJECT_STATURES
        stature = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        y = horizon + camera * stature + rng.normal(0, 6)
        sinks = is_person and rng.random() < 0.15  # the border may cut the legs
        y = min(y, HEIGHT + (0.2 * stature if sinks else -3))
        category = "person" if is_person else str(rng.choice(THINGS[1:]))
        figure = random_person(rng) if is_person else random_object(category, rng)
        things.append((figure, Placement(x=0, y=y, scale=stature)))
    return things


def _paint_somewhere(
    canvas: Canvas,
    figure: Figure,
    placement: Placement,
    painted: list[_Painted],
    rng: np.random.Generator,
) -> Canvas:
    """Try places and keep the first where everything shows well enough; else leave it out."""
    for _ in range(MAX_TRIES):
        placement = _moved_sideways(figure, placement, rng)
        if not _is_inside(figure, placement):
            continue
        attempt = deepcopy(canvas)
        _paint_shadow(attempt, figure, placement)
        attempt.paint(figure, placement, mark=FIRST_THING + len(painted))
        areas = np.bincount(attempt.marks.ravel(), minlength=256)[FIRST_THING:]
        new = _Painted(figure=figure, placement=placement, full_area=areas[len(painted)])
        if all(map(_Painted.shows_enough, [*painted, new], areas)):
            painted.append(new)
            return attempt
    return canvas


def _moved_sideways(figure: Figure, placement: Placement, rng: np.random.Generator) -> Placement:
    left, right = (side * placement.scale for side in figure.sides())
    leftmost, rightmost = 2 - left, WIDTH - 3 - right
    if rng.random() < 0.2 or leftmost > rightmost:  # the border may cut it
        leftmost, rightmost = leftmost - 0.4 * (right - left), rightmost + 0.4 * (right - left)
    return replace(placement, x=rng.uniform(leftmost, rightmost))


def _is_inside(figure: Figure, placement: Placement) -> bool:
    if figure.keypoints is None:
        return True
    inside = _in_image(placement.to_image(figure.keypoints))
    return int(np.count_nonzero(inside)) >= MIN_KEYPOINTS


def _paint_shadow(canvas: Canvas, figure: Figure, placement: Placement) -> None:
    middle, radius = 0.0, 0.12 * placement.scale
    if figure.category in WIDE_SHADOWS:
        left, right = (side * placement.scale for side in figure.sides())
        middle, radius = (left + right) / 2, 0.4 * (right - left)
    centre = (placement.x + middle, placement.y)
    canvas.shade(ellipse(centre, radius, 0.045 * placement.scale), 0.72)


def _in_image(points: np.ndarray) -> np.ndarray:
    """Which (N,) of the points (N, 2) lie in the image."""
    return np.all((points >= 0) & (points <= (WIDTH - 1, HEIGHT - 1)), axis=1)


def _lit(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same image in another light, with the noise of a camera."""
    light = rng.uniform(0.85, 1.1) * (1 + rng.uniform(-0.06, 0.06, 3))
    noise = rng.normal(0, rng.uniform(0.5, 2.5), image.shape)
    return np.clip(image * light + noise, 0, 255).astype(np.uint8)


def _label_map(marks: np.ndarray, painted: list[_Painted]) -> np.ndarray:
    train_id_of_mark = np.full(256, IGNORED_LABEL, np.uint8)
    train_id_of_mark[: len(STUFF)] = range(len(STUFF))
    for number, thing in enumerate(painted):
        train_id_of_mark[FIRST_THING + number] = SEMANTIC_CLASSES.index(thing.figure.category)
    return train_id_of_mark[marks]


def _instances(marks: np.ndarray, painted: list[_Painted]) -> Iterator[Instance]:
    for number, thing in enumerate(painted):
        mask = marks == FIRST_THING + number
        yield Instance(category=thing.figure.category, mask=mask, keypoints=_keypoints(thing, mask))


def _keypoints(thing: _Painted, mask: np.ndarray) -> np.ndarray | None:
    if thing.figure.keypoints is None:
        return None
    points = np.round(thing.placement.to_image(thing.figure.keypoints), 2)
    labelled = thing.figure.labelled & _in_image(points)
    columns, rows = np.round(points[labelled]).astype(int).T
    keypoints = np.zeros((len(points), 3))
    keypoints[labelled, :2] = points[labelled]
    keypoints[labelled, 2] = np.where(mask[rows, columns], 2, 1)
    return keypoints
