"""The other things: cars, dogs, trees, balls and signs, of random shape, pose and colour.

The unit is the stature of a person who stands beside them; the ground is y = 0.
"""

from collections.abc import Sequence

import numpy as np

from demo.painter.classes import Colour
from demo.painter.shapes import (
    Figure,
    Group,
    Shape,
    between,
    box,
    darker,
    decor,
    ellipse,
    hull,
    mixed,
    moved,
    on_circle,
    polygon,
    random_colour,
    rotated,
    transformed,
)

DARK_GLASS: Colour = (70, 86, 104)
BRIGHT_GLASS: Colour = (206, 228, 240)
TYRE: Colour = (44, 42, 48)
# Of cars, in car lengths: belt at the rear, start and end of the roof, belt at the front; and the
# additional height.
CABINS = (
    (0.08, 0.2, 0.58, 0.74, 0),
    (0.01, 0.08, 0.56, 0.72, 0),
    (0.0, 0.02, 0.74, 0.9, 0.14),
    (0.4, 0.43, 0.66, 0.77, 0),
)
ARROW_X = (-0.5, 0.1, 0.1, 0.5, 0.1, 0.1, -0.5)
ARROW_Y = (-0.12, -0.12, -0.35, 0, 0.35, 0.12, 0.12)
ARROW = np.stack([ARROW_X, ARROW_Y], axis=1)
GLYPHS = (ARROW, box(-0.5, -0.14, 0.5, 0.14), ellipse((0, 0), 0.3, 0.3))  # on signs


def random_object(category: str, rng: np.random.Generator) -> Figure:
    """Draw a thing that is no person, flipped half of the time and a little tilted."""
    groups = DRAWERS[category](rng)
    flip, tilt = rng.choice([-1, 1]), rng.normal(0, 4)
    groups = transformed(groups, lambda points: rotated(points * (flip, 1), tilt))
    return Figure(category=category, groups=groups)


def _car(rng: np.random.Generator) -> Sequence[Group]:
    paint, length = random_colour(rng), rng.uniform(1.0, 1.4)
    rear, roof_start, roof_end, cabin_front, more_height = CABINS[rng.integers(len(CABINS))]
    belt, floor = rng.uniform(-0.38, -0.32), -0.1
    roof = rng.uniform(-0.62, -0.54) - more_height
    back, front = -length / 2, length / 2
    shell = polygon(
        (back, floor),
        (back, belt),
        (back + length * rear, belt),
        (back + length * roof_start, roof),
        (back + length * roof_end, roof),
        (back + length * cabin_front, belt),
        (front - 0.05, belt + 0.04),
        (front, belt + 0.13),
        (front, floor),
    )
    glass = mixed(DARK_GLASS, BRIGHT_GLASS, rng.random())
    hub = random_colour(rng, saturation=(0, 0.3), brightness=(0.6, 0.95))
    radius, turn = rng.uniform(0.1, 0.13), rng.uniform(0, 60)
    body = (
        Shape(shell, paint),
        *(decor(window, glass) for window in _windows(shell[2:6])),
        decor(box(back, floor - 0.05, front, floor), darker(paint, 0.7)),
        decor(box(front - 0.07, belt + 0.1, front, belt + 0.17), (255, 240, 180)),
        decor(box(back, belt + 0.04, back + 0.05, belt + 0.12), (205, 50, 50)),
    )
    wheels = [_wheel(back + length * at, radius, hub, turn) for at in (0.2, 0.8)]
    return [body, *wheels]


def _windows(cabin: np.ndarray) -> list[np.ndarray]:
    """Two panes inside a cabin given by its four corners from rear to front."""
    inwards = polygon((0.04, 0), (0.03, 0.04), (-0.03, 0.04), (-0.05, 0))
    rear, roof_start, roof_end, front = cabin + inwards
    foot, top = between(rear, front, 0.48), between(roof_start, roof_end, 0.5)
    half_post = np.array([0.018, 0])
    return [
        np.array([rear, roof_start, top - half_post, foot - half_post]),
        np.array([foot + half_post, top + half_post, roof_end, front]),
    ]


def _wheel(x: float, radius: float, hub: Colour, turn: float) -> Group:
    centre = (x, -radius)
    spoke = box(-radius * 0.55, -0.01, radius * 0.55, 0.01)
    return (
        Shape(ellipse(centre, radius, radius), TYRE),
        decor(ellipse(centre, radius * 0.6, radius * 0.6), hub),
        *(decor(rotated(spoke, turn + more) + centre, darker(hub, 0.5)) for more in (0, 60, 120)),
    )


def _dog(rng: np.random.Generator) -> Sequence[Group]:
    natural = rng.random() < 0.5
    coat = random_colour(rng, hue=(15, 45) if natural else (0, 360))
    second = random_colour(rng)
    size, sitting = rng.uniform(0.8, 1.15), rng.random() < 0.3
    length, leg, girth = rng.uniform(0.26, 0.4), rng.uniform(0.16, 0.24), rng.uniform(0.075, 0.1)
    chest = np.array([length / 2, -leg - girth])
    rump = np.array([-length / 2, -leg - girth])
    if sitting:
        chest, rump = np.array([0.08, -leg - girth * 1.3]), np.array([-0.1, -girth])
    near = [_dog_leg(chest, coat, rng), _dog_leg(rump, coat, rng)]
    far = [_dog_leg(moved(part, 0.03, 0), darker(coat, 0.75), rng) for part in (chest, rump)]
    torso = hull((chest, girth), (rump, girth * rng.uniform(0.8, 1.05)))
    tail_tip = rump + rotated(np.array([[-rng.uniform(0.14, 0.24), 0]]), rng.uniform(-30, 75))[0]
    tail = Shape(hull((moved(rump, -0.05, -0.03), 0.03), (tail_tip, 0.014)), coat)
    body = [Shape(torso, coat)]
    if rng.random() < 0.5:
        spot = between(chest, rump, rng.uniform(0.4, 0.8))
        body.append(decor(ellipse(spot, 0.06, 0.05, turn=rng.uniform(0, 90)), second))
    groups = [tuple(far), (tail, *body, *near), _dog_head(chest, girth, coat, second, rng)]
    return transformed(groups, lambda points: points * size)


def _dog_leg(top: np.ndarray, colour: Colour, rng: np.random.Generator) -> Shape:
    foot = np.array([top[0] + rng.uniform(-0.09, 0.09), -0.022])
    return Shape(hull((moved(top, 0, 0.02), 0.045), (foot, 0.022)), colour)


def _dog_head(
    chest: np.ndarray, girth: float, coat: Colour, second: Colour, rng: np.random.Generator
) -> Group:
    head = moved(chest, rng.uniform(0.07, 0.13), -rng.uniform(0.09, 0.17))
    nod = rng.uniform(-25, 30)
    muzzle = head + rotated(np.array([[rng.uniform(0.09, 0.13), 0.02]]), nod)[0]
    ear = moved(head, -0.04, -0.03)
    ear_tip = moved(ear, rng.uniform(-0.06, 0.0), rng.choice([-0.09, 0.1]))
    eye = head + rotated(np.array([[0.035, -0.025]]), nod)[0]
    return (
        Shape(hull((chest, girth * 0.75), (head, 0.055)), coat),
        Shape(ellipse(head, 0.075, 0.07), coat),
        Shape(hull((moved(head, 0.02, 0.01), 0.048), (muzzle, 0.032)), coat),
        decor(ellipse(moved(muzzle, 0.022, -0.012), 0.018, 0.016), (30, 26, 28)),
        decor(ellipse(eye, 0.014, 0.014), (30, 26, 28)),
        Shape(hull((ear, 0.03), (ear_tip, 0.018)), second),
    )


def _tree(rng: np.random.Generator) -> Sequence[Group]:
    natural = rng.random() < 0.6
    hue = (30, 150) if natural else (0, 360)
    leaves = random_colour(rng, hue=hue, saturation=(0.3, 0.75), brightness=(0.35, 0.9))
    bark = random_colour(rng, saturation=(0.1, 0.6), brightness=(0.25, 0.6))
    height, trunk = rng.uniform(1.1, 1.9), rng.uniform(0.3, 0.6)
    wide = rng.uniform(0.035, 0.06)
    crown_foot = np.array([rng.uniform(-0.06, 0.06), -trunk])
    stem = hull((np.array([0, -wide]), wide * 1.3), (moved(crown_foot, 0, -0.25), wide * 0.6))
    match rng.choice(["round", "fir", "poplar"]):
        case "fir":
            crown = _fir(crown_foot, height - trunk, rng)
        case "poplar":
            middle = moved(crown_foot, 0, (trunk - height) / 2)
            crown = [ellipse(middle, rng.uniform(0.16, 0.24), (height - trunk) / 2 + 0.05)]
        case _:
            crown = _round_crown(crown_foot, height - trunk, rng)
    low, high = -trunk - 0.75 * (height - trunk), -trunk - 0.1
    dabs = [
        decor(
            ellipse((rng.uniform(-0.13, 0.13), rng.uniform(low, high)), 0.035, 0.025),
            mixed(leaves, (255, 255, 220), 0.28) if lit else darker(leaves, 0.8),
        )
        for lit in rng.random(12) < 0.5
    ]
    return [(Shape(stem, bark),), (*(Shape(points, leaves) for points in crown), *dabs)]


def _fir(foot: np.ndarray, height: float, rng: np.random.Generator) -> list[np.ndarray]:
    number, width = int(rng.integers(3, 5)), rng.uniform(0.3, 0.42)
    tiers = []
    for tier in range(number):
        bottom = moved(foot, 0, -height * tier / number)
        half = width * (1 - 0.62 * tier / number)
        corners = polygon((-half, 0), (0, -height * 1.5 / number), (half, 0), (0, 0.05))
        tiers.append(corners + bottom)
    return tiers


def _round_crown(foot: np.ndarray, height: float, rng: np.random.Generator) -> list[np.ndarray]:
    middle, half = moved(foot, 0, -height * 0.5), height * 0.5
    blobs = []
    for angle in np.linspace(0, 2 * np.pi, 7, endpoint=False) + rng.uniform(0, 1):
        centre = middle + half * np.array([0.5 * np.cos(angle), 0.55 * np.sin(angle)])
        radius = half * rng.uniform(0.38, 0.52)
        blobs.append(ellipse(centre, radius, radius))
    return [*blobs, ellipse(middle, half * 0.6, half * 0.6)]


def _ball(rng: np.random.Generator) -> Sequence[Group]:
    first, second = random_colour(rng), random_colour(rng)
    radius = rng.uniform(0.11, 0.26)
    flies = rng.random() < 0.35
    centre = np.array([0, -radius - (rng.uniform(0.1, 0.7) if flies else 0)])
    turn = rng.uniform(0, 360)
    match rng.choice(["wedges", "belt", "spots", "plain"]):
        case "wedges":
            marks = [
                np.concatenate([[centre], ellipse(centre, radius, radius, arc=(at, at + 60))])
                for at in turn + np.array([0, 120, 240])
            ]
        case "belt":
            belt = box(-radius * 0.95, -0.3 * radius, radius * 0.95, 0.3 * radius)
            marks = [rotated(belt, turn) + centre]
        case "spots":
            rim = centre + 0.68 * radius * on_circle(np.radians(turn + np.arange(0, 360, 72)))
            marks = [ellipse(spot, radius * 0.22, radius * 0.22) for spot in (centre, *rim)]
        case _:
            marks = []
    gleam = ellipse(centre - 0.4 * radius, radius * 0.2, radius * 0.13, turn=-40)
    return [
        (
            Shape(ellipse(centre, radius, radius), first),
            *(decor(points, second) for points in marks),
            decor(gleam, (255, 255, 255)),
        )
    ]


def _sign(rng: np.random.Generator) -> Sequence[Group]:
    plate, ink = random_colour(rng), random_colour(rng)
    height, half = rng.uniform(0.75, 1.25), rng.uniform(0.15, 0.24)
    centre = np.array([0, -height])
    pole = box(-0.02, -height, 0.02, 0)
    metal = random_colour(rng, saturation=(0, 0.25), brightness=(0.3, 0.8))
    corners = int(rng.choice([3, 4, 5, 8, 28]))
    turn = 90 if corners in (3, 5) and rng.random() < 0.5 else -90
    turn = turn if corners != 8 else 22.5
    outline = half * on_circle(np.radians(turn + np.arange(corners) * 360 / corners))
    if rng.random() < 0.3:  # a board
        outline = box(-half * 1.3, -half * 0.7, half * 1.3, half * 0.7)
    glyph = GLYPHS[rng.integers(len(GLYPHS))]
    glyph = rotated(glyph, rng.choice([0, 90, 180, 270, 45])) * half * 0.8
    return [
        (Shape(pole, metal),),
        (
            Shape(outline + centre, mixed(plate, (255, 255, 255), 0.6)),
            decor(outline * 0.84 + centre, plate),
            decor(glyph + centre, ink),
        ),
    ]


DRAWERS = {"car": _car, "dog": _dog, "tree": _tree, "ball": _ball, "sign": _sign}
