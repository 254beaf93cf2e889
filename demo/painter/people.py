"""People: a random body, dressed at random and turned into shapes from back to front."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo.painter.bodies import FACE, SIDES, Body, random_body
from demo.painter.classes import KEYPOINTS, Colour
from demo.painter.faces import draw_back_hair, draw_head, faces_viewer, random_head_look
from demo.painter.shapes import (
    Disc,
    Figure,
    Group,
    Shape,
    between,
    box,
    darker,
    decor,
    hull,
    mixed,
    random_colour,
    transformed,
)

SKIN_TONES: tuple[Colour, ...] = ((255, 224, 200), (240, 190, 150), (198, 136, 92), (104, 66, 48))


@dataclass(frozen=True, kw_only=True)
class Clothes:
    """What somebody wears.

    Attributes:
        sleeve: How many parts of the arm the shirt covers: 0, 1 or 2.
        trouser_leg: How many parts of the leg the trousers cover: 1 or 2.
        print: What the shirt shows: nothing, stripes, a band or braces.
        stoutness: Factor on the width of limbs and torso.
    """

    skin: Colour
    shirt: Colour
    second: Colour
    trousers: Colour
    shoes: Colour
    sleeve: int
    trouser_leg: int
    print: str
    skirt: bool
    stoutness: float


Layer = tuple[float, Group]  # shapes and their distance; greater is nearer to the viewer


def random_person(rng: np.random.Generator) -> Figure:
    """Draw somebody of stature 1 who stands or sits on, or jumps from, the ground at the origin."""
    body = random_body(rng)
    clothes = _random_clothes(rng)
    look = random_head_look(rng, clothes.skin)
    layers = [
        *(_arm(body, clothes, side) for side in SIDES),
        *(_leg(body, clothes, side) for side in SIDES),
        (0, _torso(body, clothes)),
        (0.02, draw_head(body, look)),
        (-1 if faces_viewer(body) else 0.021, draw_back_hair(body, look)),
    ]
    layers.sort(key=lambda layer: layer[0])
    return _on_the_ground(body, [group for _, group in layers], rng)


def _random_clothes(rng: np.random.Generator) -> Clothes:
    tone = rng.uniform(0, len(SKIN_TONES) - 1)
    lighter = int(tone)
    shirt = random_colour(rng)
    return Clothes(
        skin=mixed(SKIN_TONES[lighter], SKIN_TONES[min(lighter + 1, 3)], tone - lighter),
        shirt=shirt,
        second=random_colour(rng),
        trousers=random_colour(rng) if rng.random() < 0.85 else shirt,
        shoes=random_colour(rng, brightness=(0.15, 0.95)),
        sleeve=rng.choice(3, p=[0.2, 0.45, 0.35]),
        trouser_leg=rng.choice([1, 2], p=[0.35, 0.65]),
        print=str(rng.choice(["plain", "stripes", "band", "braces"], p=[0.4, 0.3, 0.15, 0.15])),
        skirt=rng.random() < 0.15,
        stoutness=rng.uniform(1.05, 1.4),
    )


def _arm(body: Body, clothes: Clothes, side: str) -> Layer:
    shoulder, elbow, wrist, hand = (
        body.at(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist", "hand")
    )
    depth = body.depth(f"{side}_elbow", f"{side}_wrist") + 0.04
    shade = 0.86 if depth < 0 else 1.0  # what lies behind the torso is in its shadow
    skin, shirt = darker(clothes.skin, shade), darker(clothes.shirt, shade)
    wide = clothes.stoutness
    upper = [_limb(shoulder, elbow, 0.033 * wide, 0.027 * wide, shirt if clothes.sleeve else skin)]
    if clothes.sleeve == 1:  # a short sleeve bares the elbow
        end = between(shoulder, elbow, 0.6)
        upper = [
            _limb(shoulder, elbow, 0.031 * wide, 0.026 * wide, skin),
            _limb(shoulder, end, 0.036 * wide, 0.035 * wide, shirt),
        ]
    lower = [
        _limb(wrist, hand, 0.018 * wide, 0.027, skin),
        _limb(elbow, wrist, 0.027 * wide, 0.021 * wide, shirt if clothes.sleeve == 2 else skin),
    ]
    lower_is_nearer = body.depth(f"{side}_wrist") >= body.depth(f"{side}_elbow") - 0.03
    return depth, (*upper, *lower) if lower_is_nearer else (*lower, *upper)


def _leg(body: Body, clothes: Clothes, side: str) -> Layer:
    hip, knee, ankle, toe = (
        body.at(f"{side}_{joint}") for joint in ("hip", "knee", "ankle", "toe")
    )
    depth = body.depth(f"{side}_knee", f"{side}_ankle")
    shade = 0.88 if depth < -0.08 else 1.0
    skin, trousers = darker(clothes.skin, shade), darker(clothes.trousers, shade)
    wide = clothes.stoutness
    shin_colour = trousers if clothes.trouser_leg == 2 else skin
    upper = [_limb(hip, knee, 0.052 * wide, 0.038 * wide, trousers)]
    if clothes.trouser_leg == 1:  # shorts bare the knee
        end = between(hip, knee, 0.72)
        upper = [
            _limb(hip, knee, 0.045 * wide, 0.037 * wide, skin),
            _limb(hip, end, 0.053 * wide, 0.047 * wide, trousers),
        ]
    lower = [
        _limb(ankle, toe, 0.03, 0.024, clothes.shoes),
        _limb(knee, ankle, 0.037 * wide, 0.027 * wide, shin_colour),
    ]
    lower_is_nearer = body.depth(f"{side}_ankle") >= body.depth(f"{side}_knee") - 0.05
    # Legs come out from under the shirt, unless they are raised towards the viewer.
    depth = depth if depth > 0.12 else 0.1 * min(depth, 0.1) - 0.02
    return depth, (*upper, *lower) if lower_is_nearer else (*lower, *upper)


def _limb(
    start: np.ndarray, end: np.ndarray, start_radius: float, end_radius: float, colour: Colour
) -> Shape:
    return Shape(hull((start, start_radius), (end, end_radius)), colour)


def _torso(body: Body, clothes: Clothes) -> Group:
    wide = clothes.stoutness
    shoulders = [(body.at(f"{side}_shoulder"), 0.036 * wide) for side in SIDES]
    hips = [(body.at(f"{side}_hip"), 0.055 * wide) for side in SIDES]
    waist = [_between_discs(*discs, 0.3) for discs in zip(hips, shoulders, strict=True)]
    belt = [_between_discs(*discs, 0.12) for discs in zip(hips, shoulders, strict=True)]
    chest = (between(body.at("neck"), waist[0][0] / 2 + waist[1][0] / 2, 0.35), 0.06 * wide)
    shapes = [Shape(hull(*hips, *waist), clothes.trousers)]
    if clothes.skirt:
        knees = [body.at(f"{side}_knee") for side in SIDES]
        hem = [(between(hip, knee, 0.65), 0.06) for (hip, _), knee in zip(hips, knees, strict=True)]
        shapes.append(Shape(hull(*hips, *hem), clothes.trousers))
    shapes.append(Shape(hull(*belt, *waist), clothes.shirt))
    shapes.append(Shape(hull(*shoulders, *waist, chest), clothes.shirt))
    return (*shapes, *_print(body, clothes))


def _between_discs(start: Disc, end: Disc, share: float) -> Disc:
    return between(start[0], end[0], share), start[1] + (end[1] - start[1]) * share


def _print(body: Body, clothes: Clothes) -> Group:
    left, right = body.at("left_shoulder"), body.at("right_shoulder")
    left_hip, right_hip = body.at("left_hip"), body.at("right_hip")

    def at(across: float, down: float) -> np.ndarray:
        return between(between(left, right, across), between(left_hip, right_hip, across), down)

    def patch(start: float, end: float, top: float, bottom: float) -> Shape:
        corners = [(start, top), (end, top), (end, bottom), (start, bottom)]
        return decor(np.array([at(*corner) for corner in corners]), clothes.second)

    match clothes.print:
        case "stripes":
            return tuple(patch(-0.1, 1.1, down, down + 0.09) for down in (0.1, 0.3, 0.5, 0.7))
        case "band":
            return (patch(-0.12, 1.12, 0.22, 0.48),)
        case "braces":
            return (patch(0.14, 0.28, -0.06, 0.8), patch(0.72, 0.86, -0.06, 0.8))
        case _:
            return ()


def _on_the_ground(body: Body, groups: Sequence[Group], rng: np.random.Generator) -> Figure:
    lowest = max(shape.points[:, 1].max() for group in groups for shape in group)
    ground = lowest + rng.uniform(*body.stance.lift)
    shift = -np.array([between(body.at("left_hip"), body.at("right_hip"), 0.5)[0], ground])
    seat = _seat(body, ground, random_colour(rng)) if body.stance.seated else ()
    seat, *groups = transformed([seat, *groups], lambda points: points + shift)
    return Figure(
        category="person",
        groups=tuple(groups),
        seat=seat,
        keypoints=np.array([body.at(name) for name in KEYPOINTS]) + shift,
        labelled=np.array([name not in FACE or body.shows_face_point(name) for name in KEYPOINTS]),
    )


def _seat(body: Body, ground: float, colour: Colour) -> Group:
    hips = np.array([body.at("left_hip"), body.at("right_hip")])
    top, middle = float(hips[:, 1].max()) + 0.035, float(hips[:, 0].mean())
    left, right = middle - 0.15, middle + 0.15
    return (
        Shape(box(left + 0.02, top, right - 0.02, ground - 0.02), darker(colour, 0.7)),
        Shape(box(left, top - 0.005, right, top + 0.05), colour),
    )
