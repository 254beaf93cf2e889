"""Heads: hair, hats and faces, placed by where the head turns."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from demo.painter.bodies import Body
from demo.painter.classes import Colour
from demo.painter.shapes import (
    Group,
    Shape,
    between,
    darker,
    decor,
    ellipse,
    hull,
    mixed,
    moved,
    random_colour,
    rotated,
)

WHITE: Colour = (250, 250, 250)


@dataclass(frozen=True, kw_only=True)
class HeadLook:
    """What a head looks like.

    Attributes:
        hair_style: "short", "long", "bun" or "bald".
        hat: Its colour, if one is worn.
        glasses: Their colour, if they are worn.
        smile: How far the corners of the mouth are drawn up, in head heights.
    """

    skin: Colour
    hair: Colour
    hair_style: str
    eyes: Colour
    mouth: Colour
    hat: Colour | None
    glasses: Colour | None
    beard: bool
    smile: float


def random_head_look(rng: np.random.Generator, skin: Colour) -> HeadLook:
    """Draw hair, eyes and what is worn on the head."""
    natural = mixed((36, 26, 22), (206, 160, 96), rng.uniform(0, 1))
    style = str(rng.choice(["short", "long", "bun", "bald"], p=[0.45, 0.3, 0.15, 0.1]))
    return HeadLook(
        skin=skin,
        hair=natural if rng.random() < 0.7 else random_colour(rng),
        hair_style=style,
        eyes=random_colour(rng, brightness=(0.1, 0.45)),
        mouth=mixed(skin, (190, 40, 50), 0.65),
        hat=random_colour(rng) if rng.random() < 0.15 else None,
        glasses=random_colour(rng, brightness=(0.1, 0.5)) if rng.random() < 0.15 else None,
        beard=style != "long" and rng.random() < 0.15,
        smile=rng.uniform(-0.04, 0.1),
    )


def faces_viewer(body: Body) -> bool:
    return cos(radians(body.head_yaw)) > -0.2


def draw_back_hair(body: Body, look: HeadLook) -> Group:
    """What of long hair falls over the back."""
    if look.hair_style != "long":
        return ()
    top = (_on_head(body, 0, 0.2), body.proportions.head_width * 1.08)
    ends = _on_head(body, -0.25 * body.head_aside, -1.5)
    return (Shape(hull(top, (ends, body.proportions.head_width * 0.85)), look.hair),)


def draw_head(body: Body, look: HeadLook) -> Group:
    """Neck, ears, hair and, from the front, the face."""
    width, height, turn = body.proportions.head_width, body.proportions.head_height, body.head_roll
    neck = hull((moved(body.at("neck"), 0, 0.012), 0.026), (_on_head(body, 0, -0.7), 0.026))
    skull_outline = ellipse(_on_head(body, 0, 0.08), width * 1.06, height * 1.02, turn=turn)
    skull = Shape(skull_outline, look.skin if look.hair_style == "bald" else look.hair)
    shapes = [Shape(neck, darker(look.skin, 0.9))]
    if look.hair_style == "bun":
        bun = _on_head(body, -0.5 * body.head_aside, 1.15)
        shapes.append(Shape(ellipse(bun, 0.034, 0.034), look.hair))
    if faces_viewer(body):
        jaw_centre = _on_head(body, 0.22 * body.head_aside, -0.1)
        jaw = Shape(ellipse(jaw_centre, width * 0.92, height * 0.9, turn=turn), look.skin)
        shapes += [*_ears(body, look, nearer=False), skull, jaw, *_ears(body, look, nearer=True)]
        shapes += _face(body, look)
    else:
        nape = ellipse(_on_head(body, 0, -0.12), width * 0.9, height * 0.88, turn=turn)
        shapes += [Shape(nape, look.skin), skull]
        shapes += _ears(body, look, nearer=False) + _ears(body, look, nearer=True)
    return (*shapes, *_hat(body, look))


def _on_head(body: Body, across: float, up: float) -> np.ndarray:
    """A point by its offset from the middle of the head, in half widths and half heights."""
    c, s = cos(radians(body.head_roll)), sin(radians(body.head_roll))
    x, y = across * body.proportions.head_width, -up * body.proportions.head_height
    return moved(body.at("head"), c * x - s * y, s * x + c * y)


def _ears(body: Body, look: HeadLook, *, nearer: bool) -> list[Shape]:
    middle = body.depth("head")
    return [
        Shape(ellipse(body.at(name), 0.014, 0.021, turn=body.head_roll), darker(look.skin, 0.88))
        for name in ("left_ear", "right_ear")
        if body.shows_face_point(name) and (body.depth(name) > middle) == nearer
    ]


def _face(body: Body, look: HeadLook) -> list[Shape]:
    width, height, turn = body.proportions.head_width, body.proportions.head_height, body.head_roll
    shapes = []
    if look.beard:
        chin = _on_head(body, 0.3 * body.head_aside, -0.62)
        shapes.append(decor(ellipse(chin, width * 0.72, height * 0.42, turn=turn), look.hair))
    shapes.append(decor(_mouth(body, look), look.mouth))
    for name in ("left_eye", "right_eye"):
        if body.shows_face_point(name):
            eye = body.at(name)
            if look.glasses:
                shapes.append(decor(ellipse(eye, 0.027, 0.025, turn=turn), look.glasses))
            shapes.append(decor(ellipse(eye, 0.019, 0.018, turn=turn), WHITE))
            shapes.append(decor(ellipse(eye, 0.011, 0.012, turn=turn), look.eyes))
    if body.shows_face_point("nose"):
        bridge = between(body.at("nose"), body.at("head"), 0.3) - (0, 0.018)
        nose = hull((bridge, 0.006), (body.at("nose"), 0.014))
        shapes.append(decor(nose, darker(look.skin, 0.72)))
    return shapes


def _mouth(body: Body, look: HeadLook) -> np.ndarray:
    ahead = 0.75 * body.head_aside
    wide = 0.34 * max(cos(radians(body.head_yaw)), 0.3)
    corners = -0.52 + look.smile
    outline = [(-wide, corners), (0, -0.54), (wide, corners), (0, -0.64)]
    return np.array([_on_head(body, ahead + across, up) for across, up in outline])


def _hat(body: Body, look: HeadLook) -> Group:
    if look.hat is None:
        return ()
    width, height = body.proportions.head_width, body.proportions.head_height
    crown = ellipse((0, 0), width * 1.12, height * 0.75, arc=(180, 360))
    crown = rotated(crown, body.head_roll) + _on_head(body, 0, 0.42)
    ahead = 1.2 * body.head_aside
    brim = hull(*((_on_head(body, ahead + across, 0.42), 0.014) for across in (-0.8, 0.8)))
    return (Shape(crown, look.hat), Shape(brim, darker(look.hat, 0.8)))
