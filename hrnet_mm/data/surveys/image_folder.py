"""Surveys images with a class each: a folder for each class, or a list of files and classes."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hrnet_mm.data.findings import listed
from hrnet_mm.data.image_sizes import image_size
from hrnet_mm.data.own_files import image_files, utf8_text
from hrnet_mm.data.surveys.survey import (
    Request,
    Subset,
    Survey,
    choose_val,
    class_colors,
    split_note,
)
from hrnet_mm.errors import UserError

Labelled = dict[str, str]  # names of classes by files, relative to the folder of the images


def survey_classes(request: Request) -> Survey:
    """Read the classes of images, and split them unless folders or a second list do.

    Raises:
        UserError: There are fewer than two classes, or an image is missing.
    """
    notes: list[str] = []
    images, parts = _parts(request)
    everything = {name: label for part in parts for name, label in part.items()}
    classes = _classes(request, everything)
    if len(parts) == 1:
        val = _chosen(everything, classes, request)
        parts = [{n: c for n, c in everything.items() if (n in val) == i} for i in (False, True)]
        notes.append(split_note(request, *map(len, parts)))
    subsets, files = [], {}
    for name, part in zip(("train", "val"), parts, strict=True):
        if not part:
            raise UserError(f"{request.data}: there is no image to {name} with")
        file = request.beside(request.data, f"{name}.txt")
        files[file] = partial(_write, lines=[f"{n} {classes[c]}" for n, c in part.items()])
        subsets.append(Subset(count=len(part), images=images, annotations=file))
        absent = [label for label in classes if label not in part.values()]
        if absent:
            notes.append(f"no image to {name} with is of {listed(absent)}")
    numbers = Counter(everything.values())
    # With names of their own, numbers in a list stay in order.
    names = [*request.classes] if request.classes else [*classes]
    return Survey(
        train=subsets[0],
        val=subsets[1],
        sizes=Counter(image_size(images / name) for name in everything),
        classes=names,
        shares=[f"{numbers[label]}" for label in classes],
        palette=class_colors(len(classes)),
        notes=notes,
        files=files,
    )


def _parts(request: Request) -> tuple[Path, list[Labelled]]:
    """Return the folder of all files, and the images of train and val, or all together."""
    data, val = request.data.absolute(), request.val and request.val.absolute()
    if data.is_file():
        images = request.image_folder()
        return images, [_listed(file, images) for file in (data, *([val] if val else []))]
    if val is None and (data / "train").is_dir():
        other = next(
            (data / name for name in ("val", "valid", "test") if (data / name).is_dir()), None
        )
        if other is None:
            raise UserError(f"{data} has a folder train, but none val beside it")
        data, val = data / "train", other
    if val is None:
        return data, [_in_folders(data, data)]
    if val.parent != data.parent:
        raise UserError(f"--val {val}: put it beside {data}, so that both have one folder above")
    return data.parent, [_in_folders(data, data.parent), _in_folders(val, data.parent)]


def _in_folders(folder: Path, base: Path) -> Labelled:
    found = {
        path.relative_to(base).as_posix(): path.relative_to(folder).parts[0]
        for path in image_files(folder)
        if path.parent != folder
    }
    if not found:
        raise UserError(f"{folder} has no images in folders, one for each class")
    return found


def _listed(file: Path, images: Path) -> Labelled:
    """Read lines of a file name, a blank, comma or tab, and a class."""
    found: Labelled = {}
    for number, line in enumerate(utf8_text(file).splitlines(), start=1):
        separator = next((character for character in "\t," if character in line), " ")
        name, _, label = (text.strip() for text in line.strip().rpartition(separator))
        if not line.strip() or (number == 1 and not (images / name).is_file() and name):
            continue  # the headings of a table
        if not name or not label:
            raise UserError(f"{file}, line {number}: {line!r} has no file name and class")
        if not (images / name).is_file():
            raise UserError(f"{file}, line {number}: there is no image {images / name}")
        found[name] = label
    if not found:
        raise UserError(f"{file} lists no image of {images}")
    return found


def _classes(request: Request, labelled: Labelled) -> dict[str, int]:
    """Number the classes: numbers are kept, names are sorted as mmpretrain sorts folders."""
    labels = set(labelled.values())
    if all(label.isdecimal() for label in labels) and request.data.is_file():
        count = len(request.classes) or max(map(int, labels)) + 1
        if max(map(int, labels)) >= count:
            raise UserError(f"{request.data} has the class {max(map(int, labels))} of {count}")
        return {str(i): i for i in range(count)}
    if request.classes and {*request.classes} != labels:
        raise UserError(
            f"--classes {listed(request.classes)}: the data have {listed(sorted(labels))}"
        )
    if len(labels) < 2:
        raise UserError(f"{request.data} has only the class {listed(labels)}: there is no choice")
    return {label: i for i, label in enumerate(request.classes or sorted(labels))}


def _chosen(labelled: Labelled, classes: dict[str, int], request: Request) -> set[str]:
    """Put some images of each class aside, or groups of images whatever their class."""
    if request.group_by:
        return choose_val(labelled, request)
    chosen: set[str] = set()
    for label in classes:
        names = [name for name, other in labelled.items() if other == label]
        if len(names) > 1:  # a single image is to train with
            chosen |= choose_val(names, request)
    return chosen


def _write(path: Path, *, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
