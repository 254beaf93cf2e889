"""What the readers of own data are asked, and what they find."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib as mpl
import numpy as np

from hrnet_mm.data.image_sizes import Size
from hrnet_mm.data.own_files import utf8_text
from hrnet_mm.errors import UserError

Color = tuple[int, int, int]  # RGB


@dataclass(frozen=True, kw_only=True)
class Request:
    """Where the data are, and how to split them.

    Attributes:
        data: The annotations: a COCO file, a folder, or a list file.
        images: The folder of the images; None where the annotations are a folder of images.
        val: Annotations of other images, to validate with; None to split `data`.
        val_fraction: The part of the images that a split puts aside.
        group_by: A regular expression; images are not parted whose names begin with the same match.
        classes: Names of the classes, where the data have none.
        colors: A table of names and colours.
        prefix: Of the names of new files, which lie beside the data.
    """

    data: Path
    images: Path | None = None
    val: Path | None = None
    val_fraction: float = 0.2
    group_by: str | None = None
    classes: Sequence[str] = ()
    colors: Path | None = None
    prefix: str = "mine"

    def __post_init__(self) -> None:
        for path in (self.data, self.images, self.val, self.colors):
            if path is not None and not path.exists():
                raise UserError(f"there is no {path}: check the path")
        if self.val is not None and self.val.samefile(self.data):
            raise UserError(f"--val {self.val} is what --data is: leave it out to split the data")
        if not 0 < self.val_fraction < 1:
            raise UserError(f"--val-fraction {self.val_fraction}: give a number between 0 and 1")

    def beside(self, path: Path, ending: str) -> Path:
        """Name a new file or folder beside a path."""
        return path.absolute().parent / f"{self.prefix}_{ending}"

    def image_folder(self) -> Path:
        """Return the folder of the images, absolute."""
        if self.images is None or not self.images.is_dir():
            raise UserError(f"{self.images or 'no --images'}: give the folder of the images")
        return self.images.absolute()


@dataclass(frozen=True, kw_only=True)
class Subset:
    """The images to train or to validate with; all paths are absolute.

    Attributes:
        count: How many samples: images, or objects for pose.
        images: Their folder.
        annotations: The COCO or list file; None where folders say it all.
        masks: The folder of the label maps.
    """

    count: int
    images: Path
    annotations: Path | None = None
    masks: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found in data of any kind.

    Attributes:
        train, val: The two parts.
        sizes: How many images there are of each size.
        classes: Their names in the order of their labels.
        shares: For each class how often it occurs, as text.
        palette: A colour for each class.
        notes: What else was found, decided or guessed, a line each.
        files: Functions that write new files, by their paths.
    """

    train: Subset
    val: Subset
    sizes: Counter[Size]
    classes: Sequence[str]
    shares: Sequence[str]
    palette: Sequence[Color]
    notes: list[str] = field(default_factory=list)
    files: Mapping[Path, Callable[[Path], object]] = field(default_factory=dict)

    @property
    def size(self) -> Size:
        """The median width and height."""
        widths, heights = np.array([*self.sizes.elements()]).T
        return int(np.median(widths)), int(np.median(heights))


def class_names(given: Sequence[str]) -> list[str]:
    """Return names of classes, or those in the lines of a single file."""
    if len(given) != 1 or not Path(given[0]).is_file():
        return [*given]
    lines = map(str.strip, utf8_text(Path(given[0])).splitlines())
    return [line for line in lines if line and line != "__ignore__"]


def class_colors(count: int) -> list[Color]:
    """Return colours of matplotlib's tab20, again from the first after twenty."""
    colors = mpl.colormaps["tab20"].colors  # type: ignore[attr-defined]
    return [tuple(round(255 * value) for value in colors[i % 20]) for i in range(count)]


def choose_val(names: Iterable[str], request: Request) -> set[str]:
    """Put names of images aside to validate with, the same for the same names.

    Raises:
        UserError: There are fewer than two groups of images.
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(_group(name, request.group_by), []).append(name)
    if len(groups) < 2:
        what = "image" if request.group_by is None else f"group by --group-by {request.group_by!r}"
        raise UserError(f"{request.data} has {len(groups)} {what}: a split needs at least two")
    order = sorted(groups)
    random.Random(0).shuffle(order)
    wanted = request.val_fraction * sum(map(len, groups.values()))
    chosen: set[str] = set()
    for group in order[:-1]:  # one is left to train with
        if chosen and len(chosen) + len(groups[group]) / 2 > wanted:
            break
        chosen.update(groups[group])
    return chosen


def _group(name: str, pattern: str | None) -> str:
    if pattern is None:
        return name
    try:
        found = re.match(pattern, Path(name).name)
    except re.error as error:
        raise UserError(f"--group-by {pattern!r} is no regular expression: {error}") from error
    if found is None or not found[0]:
        raise UserError(
            f"--group-by {pattern!r} does not match the beginning of {Path(name).name}: give a "
            r"regular expression that does, such as [^_]+_ or video\d+"
        )
    return found[0]


def split_note(request: Request, train: int, val: int) -> str:
    """Say how the images were split."""
    how = f"groups {request.group_by!r}" if request.group_by else "image"
    return f"split by {how}, always in the same way: {train} images to train, {val} to validate"
