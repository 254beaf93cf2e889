"""Surveys folders of label maps: grey values, palettes, two colours, and colours with a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from hrnet_mm.data.damaged_images import DAMAGED, TOO_LARGE
from hrnet_mm.data.findings import listed
from hrnet_mm.data.image_sizes import Size
from hrnet_mm.data.own_files import image_files
from hrnet_mm.data.surveys.labels import Labels, choose_labels, codes_of, read_colors
from hrnet_mm.data.surveys.survey import (
    Request,
    Subset,
    Survey,
    choose_val,
    class_names,
    split_note,
)
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

_COLOR_TABLES = ("label_colors.txt", "class_dict.csv", "labelmap.txt", "colors.txt")
_SEPARATORS = "_-."


@dataclass(frozen=True, kw_only=True)
class MaskSurvey(Survey):
    """What label maps hold.

    Attributes:
        image_suffix, mask_suffix: What follows the common name of an image and its label map.
        zero_is_ignored: Whether the label 0 is no class; those of the classes begin at 1 then.
    """

    image_suffix: str
    mask_suffix: str
    zero_is_ignored: bool = False


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Images and label maps that have a name in common, relative to their folders."""

    images: Path
    masks: Path
    names: Sequence[str]
    image_suffix: str
    mask_suffix: str

    def mask(self, name: str) -> Path:
        return self.masks / f"{name}{self.mask_suffix}"


def survey_masks(request: Request) -> MaskSurvey:
    """Read all label maps, and split the images unless their folders do.

    Label maps that mmseg cannot read as they are, of colours, with 16 bits or with gaps between
    the values, are to be written anew beside them.

    Raises:
        UserError: Images and label maps do not belong together, or the labels are none.
    """
    if not request.data.is_dir():
        raise UserError(f"{request.data} is no folder: give that of the label maps")
    notes: list[str] = []
    parts, new_lists = _parts(request, notes)
    sizes, values, modes, palette = _contents(parts)
    table = _colors(request, notes)
    labels = choose_labels(values, modes, names=_names(request), table=table, palette=palette)
    notes += labels.notes
    files = {file: partial(_write_list, names=names) for file, names in new_lists.items()}
    subsets = []
    for pairs, file in zip(parts, new_lists or (None, None), strict=True):
        masks = pairs.masks
        if labels.is_new:
            masks = request.beside(pairs.masks, f"{pairs.masks.name}_labels")
            files[masks] = partial(_write_masks, parts=parts, masks=pairs.masks, labels=labels)
        images, count = pairs.images, len(pairs.names)
        subsets.append(Subset(count=count, images=images, masks=masks, annotations=file))
    return MaskSurvey(
        train=subsets[0],
        val=subsets[1],
        sizes=sizes,
        classes=labels.classes,
        shares=labels.shares,
        palette=labels.palette,
        notes=notes,
        files=files,
        image_suffix=parts[0].image_suffix,
        mask_suffix=".png" if labels.is_new else parts[0].mask_suffix,
        zero_is_ignored=labels.zero_is_ignored,
    )


def _parts(request: Request, notes: list[str]) -> tuple[list[_Pairs], dict[Path, list[str]]]:
    """Pair images and label maps; return train and val, and the lists to write where they split."""
    images, masks = request.image_folder(), request.data.absolute()
    if request.val is not None:
        val = request.val.absolute()
        parts = [_pair(images, masks, notes), _pair(_images_of(val, masks, images), val, notes)]
    elif all((folder / part).is_dir() for folder in (images, masks) for part in ("train", "val")):
        parts = [_pair(images / part, masks / part, notes) for part in ("train", "val")]
        notes.append("split by the folders train and val")
    else:
        pairs = _pair(images, masks, notes)
        chosen = choose_val(pairs.names, request)
        lists = [[n for n in pairs.names if (n in chosen) == is_val] for is_val in (False, True)]
        notes.append(split_note(request, *map(len, lists)))
        parts = [_with(pairs, names) for names in lists]
        return parts, _lists(request, parts)
    suffixes = {(part.image_suffix, part.mask_suffix) for part in parts}
    if len(suffixes) > 1:
        raise UserError(f"names end differently in the two parts: {listed(sorted(suffixes))}")
    # mmseg takes all images of a folder where there is no list.
    whole = all(len(image_files(p.images)) == len(p.names) for p in parts)
    return parts, {} if whole else _lists(request, parts)


def _with(pairs: _Pairs, names: Sequence[str]) -> _Pairs:
    return _Pairs(
        images=pairs.images,
        masks=pairs.masks,
        names=names,
        image_suffix=pairs.image_suffix,
        mask_suffix=pairs.mask_suffix,
    )


def _lists(request: Request, parts: Sequence[_Pairs]) -> dict[Path, list[str]]:
    files = (request.beside(request.data, f"{part}.txt") for part in ("train", "val"))
    return {file: [*part.names] for file, part in zip(files, parts, strict=True)}


def _images_of(val: Path, masks: Path, images: Path) -> Path:
    """Find the images of other label maps: where names differ as the folders of label maps do."""
    start = next(i for i, (a, b) in enumerate(zip(f"{masks} ", f"{val} ", strict=False)) if a != b)
    a, b = str(masks)[start:], str(val)[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    before, found, after = str(images).rpartition(a)
    folders = [Path(f"{before}{b}{after}")] if a and found else []
    folders += [images.parent / val.name, images / val.name, images]
    for folder in folders:
        if folder.is_dir() and _best_pairs(folder, val) is not None:
            return folder
    raise UserError(f"no images of {val}: tried {', '.join(map(str, dict.fromkeys(folders)))}")


def _pair(images: Path, masks: Path, notes: list[str]) -> _Pairs:
    best = _best_pairs(images, masks)
    if best is None:
        raise UserError(f"no label map in {masks} has the name of an image in {images}")
    pictures = _relative(images)
    unpaired = len(pictures) - len(best.names)
    if unpaired:
        known = {f"{name}{best.image_suffix}" for name in best.names}
        example = next(name for name in pictures if name not in known)
        notes.append(
            f"left out: {unpaired} images of {images} without a label map "
            f"NAME{best.mask_suffix} for NAME{best.image_suffix}, such as {example}"
        )
    return best


def _best_pairs(images: Path, masks: Path) -> _Pairs | None:
    """Find what names end in such that most images have a label map; None if none has."""
    pictures, drawings = _relative(images), _relative(masks)
    best: _Pairs | None = None
    for image_suffix in _suffixes(pictures):
        for mask_suffix in _suffixes(drawings):
            named = {n.removesuffix(mask_suffix) for n in drawings if n.endswith(mask_suffix)}
            cut = (n.removesuffix(image_suffix) for n in pictures if n.endswith(image_suffix))
            names = [name for name in cut if name in named]
            if len(names) > len(best.names if best else ()):
                best = _Pairs(
                    images=images,
                    masks=masks,
                    names=names,
                    image_suffix=image_suffix,
                    mask_suffix=mask_suffix,
                )
    return best


def _relative(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in image_files(folder)]


def _suffixes(names: Sequence[str]) -> list[str]:
    """Return what names may end in: their suffixes, with what all have before it."""
    endings = dict.fromkeys(Path(name).suffix for name in names)
    for ending in [*endings]:
        stems = [name.removesuffix(ending)[::-1] for name in names if name.endswith(ending)]
        shortest = min(map(len, stems))
        common = next((i for i in range(shortest) if len({s[i] for s in stems}) > 1), shortest)
        for i, character in enumerate(stems[0][:common]):
            if character in _SEPARATORS:
                endings[stems[0][: i + 1][::-1] + ending] = None
    return [*endings]


def _contents(
    parts: Sequence[_Pairs],
) -> tuple[Counter[Size], Counter[int], set[str], Sequence[int]]:
    """Return the sizes, how many pixels have each value, Pillow's modes, and the first palette."""
    sizes: Counter[Size] = Counter()
    values: Counter[int] = Counter()
    modes: set[str] = set()
    palette: Sequence[int] = ()
    for pairs in parts:
        for name in pairs.names:
            path = pairs.mask(name)
            with _opened(path) as mask:
                if mask.format in ("JPEG", "MPO"):
                    raise UserError(
                        f"the label map {path} is a JPEG, which changes labels: use PNG"
                    )
                sizes[mask.size] += 1
                modes.add(mask.mode)
                palette = palette or mask.getpalette() or ()
                found, counts = np.unique(codes_of(mask), return_counts=True)
            values.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))
    return sizes, values, modes, palette


def _opened(path: Path) -> Image.Image:
    try:
        mask = Image.open(path)
        mask.load()
    except Image.DecompressionBombError as error:
        raise UserError(f"the label map {path} {TOO_LARGE}") from error
    except OSError as error:
        raise UserError(f"the label map {path} {DAMAGED}") from error
    return mask


def _names(request: Request) -> list[str]:
    """Return the names that were given, or those of a classes.txt near the label maps."""
    file = _nearest(request.data, ("classes.txt", "labels.txt"))
    return class_names(request.classes or ([str(file)] if file else []))


def _colors(request: Request, notes: list[str]) -> dict[int, str]:
    file = request.colors or _nearest(request.data, _COLOR_TABLES)
    if file is None:
        return {}
    table = read_colors(file)
    notes.append(f"{len(table)} colours are named by {file}")
    return table


def _nearest(folder: Path, names: Sequence[str]) -> Path | None:
    folders = [folder.absolute(), *folder.absolute().parents[:2]]
    return next((f / name for f in folders for name in names if (f / name).is_file()), None)


def _write_list(path: Path, *, names: Sequence[str]) -> None:
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _write_masks(path: Path, *, parts: Sequence[_Pairs], masks: Path, labels: Labels) -> None:
    for pairs in parts:
        if pairs.masks == masks:
            for name in pairs.names:
                with _opened(pairs.mask(name)) as mask, whole_file(path / f"{name}.png") as file:
                    labels.drawn(mask).save(file)
