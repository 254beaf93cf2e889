"""Sky, buildings, roads and grass behind the things."""

from dataclasses import dataclass

import cv2
import numpy as np

from demo.painter.classes import STUFF, Colour
from demo.painter.shapes import (
    SUPERSAMPLING,
    Canvas,
    box,
    darker,
    ellipse,
    mixed,
    polygon,
    random_colour,
)

Grain = tuple[float, float, float]  # width and height of a grain in pixels, and its strength


def paint_background(canvas: Canvas, rng: np.random.Generator) -> float:
    """Cover a canvas with stuff and return the y of the horizon, in pixels."""
    horizon = canvas.height * rng.uniform(0.34, 0.56)
    _paint_sky(canvas, horizon, rng)
    if rng.random() < 0.35:
        _paint_hills(canvas, horizon, rng)
    match rng.choice(["none", "skyline", "facade"], p=[0.25, 0.5, 0.25]):
        case "skyline":
            _paint_skyline(canvas, horizon, rng)
        case "facade":
            top = rng.uniform(-30, 40)
            facade = Facade(left=-5, right=canvas.width + 5, top=top, foot=horizon)
            _paint_facade(canvas, facade, rng)
    _paint_ground(canvas, horizon, rng)
    return horizon


def _texture(
    canvas: Canvas, rng: np.random.Generator, top: Colour, bottom: Colour, *grains: Grain
) -> np.ndarray:
    """A vertical gradient with noise: (H, W, 3) uint8 of the size of the canvas's samples."""
    down = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None, None]
    shades = np.array(top, np.float32) * (1 - down) + np.array(bottom, np.float32) * down
    noise = np.zeros((canvas.height, canvas.width), np.float32)
    for grain_width, grain_height, strength in grains:
        shape = (int(canvas.height / grain_height) + 1, int(canvas.width / grain_width) + 1)
        values = rng.standard_normal(shape, dtype=np.float32) * strength
        noise += cv2.resize(values, noise.shape[::-1], interpolation=cv2.INTER_LINEAR)
    texture = np.clip(shades + noise[..., None], 0, 255).astype(np.uint8)
    return cv2.resize(texture, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING).astype(np.uint8)


def _paint_sky(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    canvas.mark = STUFF.index("sky")
    hue = (185, 235) if rng.random() < 0.65 else (0, 360)
    high = random_colour(rng, hue=hue, saturation=(0.15, 0.6), brightness=(0.6, 1.0))
    low = mixed(high, random_colour(rng, saturation=(0.0, 0.4), brightness=(0.85, 1.0)), 0.75)
    everywhere = box(-1, -1, canvas.width, canvas.height)
    canvas.fill_with(everywhere, _texture(canvas, rng, high, low, (60, 24, 3)))
    if rng.random() < 0.4:
        sun = (rng.uniform(0, canvas.width), rng.uniform(0, horizon * 0.6))
        radius = rng.uniform(8, 20)
        canvas.fill(ellipse(sun, radius, radius), mixed(high, (255, 250, 220), 0.85))
    for _ in range(rng.integers(0, 4)):
        _paint_cloud(canvas, horizon, mixed(high, (255, 255, 255), rng.uniform(0.5, 0.9)), rng)


def _paint_cloud(canvas: Canvas, horizon: float, colour: Colour, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0, canvas.width), rng.uniform(0, horizon * 0.7)
    size = rng.uniform(10, 26)
    for offset in (-1.1, -0.4, 0.4, 1.1):
        radius = size * rng.uniform(0.45, 0.8) * (1.2 - 0.4 * abs(offset))
        canvas.fill(ellipse((x + offset * size, y - radius * 0.5), radius * 1.1, radius), colour)
    canvas.fill(ellipse((x, y), size * 1.9, size * 0.35), colour)


def _paint_grass(canvas: Canvas, points: np.ndarray, rng: np.random.Generator) -> None:
    canvas.mark = STUFF.index("grass")
    near = random_colour(rng, saturation=(0.25, 0.7), brightness=(0.4, 0.75))
    green = (rng.uniform(60, 150), rng.uniform(120, 180), rng.uniform(40, 100))
    near = mixed(near, (round(green[0]), round(green[1]), round(green[2])), 0.6)
    far = mixed(near, (220, 226, 210), rng.uniform(0.05, 0.3))
    canvas.fill_with(points, _texture(canvas, rng, far, near, (40, 16, 7), (2, 6, 13), (1.2, 3, 7)))


def _paint_hills(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    xs = np.linspace(-2, canvas.width + 2, 60)
    waves = np.sin(xs / rng.uniform(25, 60) + rng.uniform(0, 6)) + np.sin(xs / 90)
    ridge = horizon - rng.uniform(8, 22) * (1.6 + waves) / 2
    corners = polygon((canvas.width + 2, horizon + 3), (-2, horizon + 3))
    _paint_grass(canvas, np.concatenate([np.stack([xs, ridge], axis=1), corners]), rng)


@dataclass(frozen=True, kw_only=True)
class Facade:
    """The sides of a wall with windows, in pixels."""

    left: float
    right: float
    top: float
    foot: float


def _paint_skyline(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    x = rng.uniform(-40, 60)
    while x < canvas.width:
        width = rng.uniform(36, 90)
        if rng.random() < 0.75:
            top = horizon * rng.uniform(0, 0.65)
            house = Facade(left=x, right=x + width, top=top, foot=horizon)
            _paint_facade(canvas, house, rng)
            if rng.random() < 0.4:
                _paint_roof(canvas, house, rng)
        x += width + rng.choice([0, rng.uniform(5, 40)])


def _paint_facade(canvas: Canvas, facade: Facade, rng: np.random.Generator) -> None:
    canvas.mark = STUFF.index("building")
    colour = random_colour(rng, saturation=(0.05, 0.45), brightness=(0.45, 0.95))
    wall = box(facade.left, facade.top, facade.right, facade.foot + 3)
    canvas.fill_with(wall, _texture(canvas, rng, colour, darker(colour, 0.85), (9, 9, 4)))
    if rng.random() < 0.5:
        _paint_bricks(canvas, facade, darker(colour, 0.86))
    _paint_windows(canvas, facade, mixed(colour, (255, 255, 255), 0.5), rng)


def _paint_roof(canvas: Canvas, house: Facade, rng: np.random.Generator) -> None:
    ridge = ((house.left + house.right) / 2, house.top - rng.uniform(12, 30))
    roof = polygon((house.left - 4, house.top), ridge, (house.right + 4, house.top))
    canvas.fill(roof, random_colour(rng, brightness=(0.25, 0.7)))


def _paint_bricks(canvas: Canvas, facade: Facade, joint: Colour) -> None:
    left, right = facade.left + 1, facade.right - 1
    for row, y in enumerate(np.arange(facade.top + 5, facade.foot, 5)):
        canvas.line(polygon((left, y), (right, y)), joint, width=0.4)
        for x in np.arange(left + 3 + 5 * (row % 2), right, 10):
            canvas.line(polygon((x, y), (x, min(y + 5, facade.foot))), joint, width=0.4)


def _paint_windows(canvas: Canvas, facade: Facade, frame: Colour, rng: np.random.Generator) -> None:
    width, height, gap = rng.uniform(7, 15), rng.uniform(9, 18), rng.uniform(6, 12)
    dark = random_colour(rng, saturation=(0.1, 0.5), brightness=(0.2, 0.55))
    lit = random_colour(rng, saturation=(0.1, 0.5), brightness=(0.8, 1.0))
    for x in np.arange(facade.left + gap, facade.right - gap - width, width + gap):
        for y in np.arange(facade.top + gap, facade.foot - gap - height, height + gap):
            canvas.fill(box(x - 1, y - 1, x + width + 1, y + height + 1), frame)
            canvas.fill(box(x, y, x + width, y + height), lit if rng.random() < 0.25 else dark)
            middle = x + width / 2
            canvas.line(polygon((middle, y), (middle, y + height)), frame, width=0.8)


def _paint_ground(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    ground = box(-2, horizon, canvas.width + 2, canvas.height + 2)
    kind = rng.choice(["meadow", "square", "path", "street"], p=[0.25, 0.2, 0.25, 0.3])
    if kind != "square":
        _paint_grass(canvas, ground, rng)
    match kind:
        case "square":
            _paint_road(canvas, ground, rng)
            _paint_tiles(canvas, horizon, rng)
        case "path":
            far, near = rng.uniform(0, canvas.width), rng.uniform(0, canvas.width)
            narrow, wide = rng.uniform(8, 24), rng.uniform(60, 120)
            bottom = canvas.height + 2
            start = ((far - narrow, horizon), (far + narrow, horizon))
            path = polygon(*start, (near + wide, bottom), (near - wide, bottom))
            _paint_road(canvas, path, rng)
        case "street":
            top = horizon + rng.uniform(0.0, 0.4) * (canvas.height - horizon)
            bottom = top + rng.uniform(0.35, 0.8) * (canvas.height - horizon)
            _paint_road(canvas, box(-2, top, canvas.width + 2, bottom), rng)
            _paint_lane(canvas, top * 0.55 + bottom * 0.45, rng)


def _paint_road(canvas: Canvas, points: np.ndarray, rng: np.random.Generator) -> None:
    canvas.mark = STUFF.index("road")
    near = random_colour(rng, saturation=(0.0, 0.35), brightness=(0.3, 0.8))
    far = mixed(near, (230, 228, 224), rng.uniform(0.05, 0.3))
    canvas.fill_with(points, _texture(canvas, rng, far, near, (50, 14, 5), (1, 1, 3)))
    canvas.line(points, mixed(near, (255, 255, 255), 0.4), width=1.5, closed=True)


def _paint_tiles(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    joint = random_colour(rng, saturation=(0, 0.2), brightness=(0.3, 0.8))
    vanishing = (rng.uniform(0, canvas.width), horizon - 60)
    for share in np.linspace(0, 1, 7) ** 1.6:
        y = horizon + share * (canvas.height - horizon)
        canvas.line(polygon((-2, y), (canvas.width + 2, y)), joint, width=0.7)
    for x in np.arange(-2.0 * canvas.width, 3 * canvas.width, 55):
        share = (horizon - vanishing[1]) / (canvas.height - vanishing[1])
        start = (vanishing[0] + (x - vanishing[0]) * share, horizon)
        canvas.line(polygon(start, (x, canvas.height)), joint, width=0.7)


def _paint_lane(canvas: Canvas, y: float, rng: np.random.Generator) -> None:
    dash, height = rng.uniform(14, 30), rng.uniform(1.5, 3)
    colour = random_colour(rng, saturation=(0, 0.4), brightness=(0.85, 1.0))
    for x in np.arange(-rng.uniform(0, dash), canvas.width, 2 * dash):
        canvas.fill(box(x, y, x + dash, y + height), colour)
