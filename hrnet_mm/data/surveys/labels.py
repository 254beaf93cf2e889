"""Decides which values or colours of label maps are which classes."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from hrnet_mm.data.findings import listed
from hrnet_mm.data.own_files import utf8_text
from hrnet_mm.data.surveys.survey import Color, class_colors
from hrnet_mm.errors import UserError

IGNORED = 255  # mmseg's ignore_index
_MAX_COLORS = 64  # more than that without a table are shades, as at the edges of a drawing
_MAX_VALUES = 152  # ADE20K's, and one for what is ignored
_NO_CLASS = re.compile(r"void|ignored?|unlabell?ed|unknown|__ignore__", re.IGNORECASE)
_COLOR_MODES = ("RGB", "RGBA")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The classes of label maps.

    Attributes:
        classes: Their names.
        shares: The part of the pixels that each has, as text.
        palette: Their colours.
        label_of: The label of each value or code of a colour, where label maps are written anew.
        zero_is_ignored: Whether the label 0 is no class, and the first class has the label 1.
        notes: What was decided, a line each.
    """

    classes: Sequence[str]
    shares: Sequence[str]
    palette: Sequence[Color]
    label_of: Mapping[int, int] = field(default_factory=dict)
    zero_is_ignored: bool = False
    notes: Sequence[str] = ()

    @property
    def is_new(self) -> bool:
        """Whether label maps are written anew."""
        return bool(self.label_of)

    def drawn(self, mask: Image.Image) -> Image.Image:
        """Draw a label map anew, with 8 bits and the palette."""
        found, where = np.unique(codes_of(mask), return_inverse=True)
        labels = np.array([self.label_of.get(code, IGNORED) for code in found.tolist()], np.uint8)
        drawn = Image.fromarray(labels[where].reshape(mask.height, mask.width))
        colors = [*self.palette, *[(0, 0, 0)] * (IGNORED - len(self.palette)), (255, 255, 255)]
        drawn.putpalette([*chain.from_iterable(colors)])
        return drawn


def codes_of(mask: Image.Image) -> np.ndarray:
    """Return the value of each pixel, (H, W), or its colour: red · 2¹⁶ + green · 2⁸ + blue."""
    pixels = np.asarray(mask.convert("L") if mask.mode == "LA" else mask)
    if pixels.ndim == 2:
        return pixels.astype(np.int64)
    red, green, blue = (pixels[..., i].astype(np.int64) for i in range(3))
    return red << 16 | green << 8 | blue


def read_colors(file: Path) -> dict[int, str]:
    """Read a table with a name and three numbers, red, green and blue, in each line.

    Raises:
        UserError: No line is like this, or the file is not UTF-8.
    """
    table = {}
    for line in utf8_text(file).splitlines():
        numbers = re.findall(r"\b\d{1,3}\b", line)
        name = re.sub(r"\b\d{1,3}\b", " ", line).strip(" \t,:;=()[]\"'")
        if len(numbers) == 3 and name and not line.startswith("#"):
            table[_code(*map(int, numbers))] = name
    if not table:
        raise UserError(f"{file}: no line has a name and a colour of three numbers")
    return table


def choose_labels(
    values: Mapping[int, int],
    modes: Set[str],
    *,
    names: Sequence[str],
    table: Mapping[int, str],
    palette: Sequence[int],
) -> Labels:
    """Decide which values are classes, what their names are, and whether to number them anew.

    Args:
        values: How many pixels have each value or code of a colour.
        modes: Pillow's modes of the label maps.
        names: Of the classes, in the order of their values; none if unknown.
        table: Names by codes of colours.
        palette: The colours of the label maps' own palette, three numbers each.

    Raises:
        UserError: The values are no labels, or there are not as many as names.
    """
    colored = [mode in _COLOR_MODES for mode in modes]
    if any(colored) and not all(colored):
        raise UserError(f"some label maps have colours, some grey values: {listed(sorted(modes))}")
    if any(colored):
        codes = [*table] or sorted(values)
        if len(codes) > _MAX_COLORS and not table:
            raise UserError(
                f"the label maps have {len(codes)} colours: name those of the classes by --colors"
            )
        given = [table[code] for code in codes] if table else names
        colors = {code: _color(code) for code in codes}
        return _renumbered(codes, values, given, colors, notes=_unnamed(values, table))
    colors = {
        i: (palette[3 * i], palette[3 * i + 1], palette[3 * i + 2])
        for i in range(len(palette) // 3)
    }
    if table and palette:
        names = names or _names_by_palette(values, colors, table)
    elif table:
        names = names or [*table.values()]
        colors = dict(enumerate(map(_color, table)))
    return _grey(values, modes, names, colors)


def _grey(
    values: Mapping[int, int], modes: Set[str], names: Sequence[str], colors: Mapping[int, Color]
) -> Labels:
    found = sorted(values)
    if found[0] < 0 or modes & {"F"}:
        raise UserError(
            f"the label maps have the value {found[0]}: labels are whole numbers from 0"
        )
    is_object = len(found) == 2 and found[0] == 0  # and what is around it, be it 0/1 or 0/255
    if is_object and len(names) < 2:
        names = ["background", *(names or ["foreground"])]
    below = [value for value in found if value != IGNORED]
    if not names and len(found) > _MAX_VALUES:
        raise UserError(f"the label maps have {len(found)} values: name the classes by --classes")
    if (is_object and found != [0, 1]) or not _is_dense(below, names):
        codes = below if names and len(below) == len(names) else found
        return _renumbered(codes, values, names, colors)
    zero_is_ignored = below[0] > 0 if not names else below[-1] == len(names)
    count = len(names) or below[-1] + (not zero_is_ignored)
    names = [*names] or [f"class_{i}" for i in range(count)]
    if any(map(_NO_CLASS.fullmatch, names)) or not modes <= {"L", "P"}:
        codes = [value + zero_is_ignored for value in range(count)]
        return _renumbered(codes, values, names, colors)
    if count < 2:
        raise UserError(f"the label maps have the values {found} alone: no two classes")
    notes = [f"label values: {_ranges(found)}"]
    if IGNORED in found:
        notes.append(f"the label {IGNORED} is ignored: neither learned nor counted")
    if zero_is_ignored:
        notes.append("the label 0 is ignored, and the classes are 1 and on: reduce_zero_label=True")
    else:
        notes.append("the label 0 is a class like the others: reduce_zero_label=False")
    labels = range(zero_is_ignored, count + zero_is_ignored)
    absent = [name for name, label in zip(names, labels, strict=True) if label not in values]
    if absent:
        notes.append(f"no pixel is of {listed(absent)}")
    return Labels(
        classes=names,
        shares=_shares(values, labels),
        palette=_palette(labels, colors),
        zero_is_ignored=zero_is_ignored,
        notes=notes,
    )


def _is_dense(values: Sequence[int], names: Sequence[str]) -> bool:
    """Whether values are labels as they are: few are left out, and all have a name."""
    if not values or values[-1] >= IGNORED:
        return False
    return values[-1] <= len(names) if names else 2 * len(values) > values[-1]


def _renumbered(
    codes: Sequence[int],
    values: Mapping[int, int],
    names: Sequence[str],
    colors: Mapping[int, Color],
    *,
    notes: Sequence[str] = (),
) -> Labels:
    names = [*names] or [f"class_{i}" for i in range(len(codes))]
    if len(names) != len(codes):
        raise UserError(
            f"{len(names)} names of classes, {listed(names)}, but {len(codes)} values or colours "
            f"in the label maps, {listed(_shown(code, colors) for code in codes)}"
        )
    kept = [i for i, name in enumerate(names) if not _NO_CLASS.fullmatch(name)]
    if not 1 < len(kept) < IGNORED:
        raise UserError(f"{len(kept)} classes in the label maps, but 2 to 254 can be learned")
    codes, names, dropped = (
        [codes[i] for i in kept],
        [names[i] for i in kept],
        [name for i, name in enumerate(names) if i not in kept],
    )
    pairs = ", ".join(f"{_shown(c, colors)}: {i}" for i, c in enumerate(codes[:8]))
    notes = [*notes, f"numbered anew, in new files: {pairs}{', …' if codes[8:] else ''}"]
    if dropped:
        notes.append(f"ignored, as its name says: {listed(dropped)}")
    return Labels(
        classes=names,
        shares=_shares(values, codes),
        palette=_palette(codes, colors),
        label_of={code: label for label, code in enumerate(codes)},
        notes=notes,
    )


def _unnamed(values: Mapping[int, int], table: Mapping[int, str]) -> list[str]:
    others = [code for code in values if table and code not in table]
    if not others:
        return []
    share = sum(values[code] for code in others) / sum(values.values())
    example = listed(map(_color, others))
    return [f"colours that the table does not name are ignored, {share:.1%} of pixels: {example}"]


def _names_by_palette(
    values: Mapping[int, int], colors: Mapping[int, Color], table: Mapping[int, str]
) -> list[str]:
    """Name the indices of a palette by the colours behind them."""
    last = max(value for value in values if value != IGNORED)
    return [table.get(_code(*colors.get(i, (0, 0, 0))), f"class_{i}") for i in range(last + 1)]


def _palette(codes: Sequence[int], colors: Mapping[int, Color]) -> list[Color]:
    own = [colors[code] for code in codes if code in colors]
    return own if len({*own}) == len(codes) else class_colors(len(codes))


def _shares(values: Mapping[int, int], codes: Sequence[int]) -> list[str]:
    total = sum(values.values())
    return [f"{values.get(code, 0) / total:.1%}" for code in codes]


def _shown(code: int, colors: Mapping[int, Color]) -> str:
    return str(_color(code)) if code > 0xFFFF or colors.get(code) == _color(code) else str(code)


def _ranges(values: Sequence[int]) -> str:
    """Format sorted numbers: 0 to 10, 255."""
    breaks = [i for i in range(1, len(values)) if values[i] != values[i - 1] + 1]
    runs = [values[a:b] for a, b in zip([0, *breaks], [*breaks, len(values)], strict=True)]
    return ", ".join(f"{r[0]} to {r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)


def _code(red: int, green: int, blue: int) -> int:
    return red << 16 | green << 8 | blue


def _color(code: int) -> Color:
    return code >> 16, code >> 8 & 255, code & 255
