"""Contact sheets: pictures side by side in rows, each below a line or two of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mmcv
import numpy as np
from PIL import Image, ImageDraw

from hrnet_mm.whole_file import whole_file

TILE = 360  # pixels of a picture's longer side
GAP = 8  # pixels between pictures
CAPTION = 32  # pixels above each, for two lines
CAPTION_LENGTH = 60  # characters


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A picture of a sheet.

    Attributes:
        image: (H, W, 3) in BGR order, uint8.
        lines: What is written above it.
    """

    image: np.ndarray
    lines: Sequence[str] = ()


def as_tile(image: np.ndarray) -> np.ndarray:
    """Scale an image so that its longer side is `TILE`."""
    return mmcv.imrescale(image, (TILE, TILE))  # type: ignore[return-value]


def in_rows(tiles: Sequence[Tile], *, columns: int) -> list[Sequence[Tile]]:
    """Arrange tiles in rows of that many."""
    return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]


def sheet_of(rows: Sequence[Sequence[Tile]]) -> Image.Image:
    """Arrange tiles in rows, in columns as wide as the widest of them, or as `TILE`."""
    heights = [CAPTION + max(len(tile.image) for tile in row) + GAP for row in rows]
    column_width = max(TILE, *(tile.image.shape[1] for row in rows for tile in row)) + GAP
    sheet = Image.new("RGB", (max(map(len, rows)) * column_width, sum(heights)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        top = sum(heights[:number])
        for column, tile in enumerate(row):
            left = column * column_width
            text = "\n".join(line[-CAPTION_LENGTH:] for line in tile.lines)
            pen.text((left, top), text, fill="black")
            image = Image.fromarray(np.ascontiguousarray(tile.image[..., ::-1]))
            sheet.paste(image, (left, top + CAPTION))
    return sheet


def write_sheet(rows: Sequence[Sequence[Tile]], file: Path) -> None:
    """Write a sheet; the format is the suffix's."""
    with whole_file(file) as unfinished:
        sheet_of(rows).save(unfinished)
