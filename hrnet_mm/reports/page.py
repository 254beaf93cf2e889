"""A report in two files: a page of Markdown, and a picture of samples above curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure, SubFigure
from PIL.Image import Image

from hrnet_mm.apis.sheets import Tile, in_rows, sheet_of
from hrnet_mm.benchmark.curves import Curves, draw_panels, main_quantities, panels_height
from hrnet_mm.launch.environment import describe_environment
from hrnet_mm.whole_file import whole_file

WIDTH = 17  # inches of the picture, at 100 dpi
COLUMNS = 3  # of samples
CAPTION = "truth left, prediction right"


@dataclass(frozen=True, kw_only=True)
class Section:
    """What is reported of a training.

    Attributes:
        name: Its heading.
        text: Paragraphs and tables in Markdown.
        curves: What was logged; None if that is not known.
        samples: Images with truth and prediction, as `samples_sheet` arranges them; None without.
    """

    name: str
    text: Sequence[str]
    curves: Curves | None
    samples: Image | None


def samples_sheet(tiles: Sequence[Tile]) -> Image:
    """Arrange samples for a section."""
    return sheet_of(in_rows(tiles, columns=COLUMNS))


def write_page(sections: Sequence[Section], *, title: str, file: Path) -> None:
    """Write the page to ``file``, which ends in .md, and the picture beside it, as .png."""
    _write_picture(sections, file.with_suffix(".png"))
    environment = describe_environment()
    lines = [f"# {title}", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {environment.pop('device')}."]
    for section in sections:
        lines += [f"## {section.name}", *section.text]
    lines.append(f"![Samples, {CAPTION}, and curves]({file.stem}.png)")
    lines.append(f"Versions: {', '.join(f'{name} {v}' for name, v in environment.items())}.")
    with whole_file(file) as unfinished:
        text = "\n\n".join(line.strip("\n") for line in lines) + "\n"
        # Names of files need not be valid text.
        unfinished.write_text(text, encoding="utf-8", errors="surrogateescape")


def _write_picture(sections: Sequence[Section], file: Path) -> None:
    # In inches, for each section its title, samples and curves.
    heights = [
        (
            0.4 + (WIDTH * sheet.height / sheet.width if (sheet := section.samples) else 0),
            panels_height(main_quantities(section.curves)) if section.curves else 0.1,
        )
        for section in sections
    ]
    totals = [sum(pair) for pair in heights]
    figure = Figure(figsize=(WIDTH, sum(totals)), layout="constrained")
    parts = figure.subfigures(len(sections), 1, squeeze=False, height_ratios=totals)[:, 0]
    for part, section, ratios in zip(parts, sections, heights, strict=True):
        upper, lower = part.subfigures(2, 1, height_ratios=ratios)
        _draw_samples(upper, section)
        if section.curves:
            draw_panels(lower, [section.curves], main_quantities(section.curves))
    with whole_file(file) as unfinished:
        # Compressed as little as possible, for that takes half of the time.
        figure.savefig(unfinished, dpi=100, pil_kwargs={"compress_level": 1})


def _draw_samples(part: SubFigure, section: Section) -> None:
    title = f"{section.name}: {CAPTION}" if section.samples else section.name
    part.suptitle(title, parse_math=False)
    if section.samples:
        axis: Any = part.subplots()
        axis.axis("off")
        axis.imshow(section.samples)
