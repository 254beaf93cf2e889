"""Rules about the list files of images and classes that a config names."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import DatasetConfig, RunConfig

_BOM = "\ufeff"
_MAX_LOOKUPS = 20_000  # files; looking them up takes a fraction of a second


def list_files(run: RunConfig) -> Iterator[Finding]:
    """Each line of a list file has the format that its dataset reads."""
    for dataset in run.datasets:
        check = _format(dataset)
        path = os.path.expanduser(dataset.ann_file or "")
        if check is None or dataset.is_remote or not os.path.isfile(path):
            continue
        lines = read_lines(path)
        yield from _text_faults(path, lines)
        entries = {i: line for i, line in enumerate(lines or (), start=1) if line.strip()}
        if 1 in entries:
            entries[1] = entries[1].removeprefix(_BOM)
        yield from check(dataset, path, entries)


def class_files(run: RunConfig) -> Iterator[Finding]:
    """Each line of a file of classes is a class name."""
    for dataset in run.datasets:
        for given in (dataset.metainfo.get("classes"), dataset.options.get("classes")):
            path = os.path.expanduser(given) if isinstance(given, str) else ""
            if os.path.isfile(path):
                yield from _text_faults(path, read_lines(path))


_Check = Callable[[DatasetConfig, str, dict[int, str]], Iterator[Finding]]


def _format(dataset: DatasetConfig) -> _Check | None:
    """Return the check for the method that reads the list; a subclass may have its own."""
    method: Any = getattr(dataset.cls, "load_data_list", None)
    toolbox = getattr(method, "__module__", "").partition(".")[0]
    return _FORMATS.get(f"{toolbox}.{getattr(method, '__qualname__', '')}")


def _names(dataset: DatasetConfig, path: str, entries: dict[int, str]) -> Iterator[Finding]:
    """Lists of mmseg: names without folder and suffix."""
    names = {i: line.strip() for i, line in entries.items()}
    tabs = [i for i, name in names.items() if "\t" in name]
    yield from _at_lines(path, tabs, "a tab; write the name of one image on each line")
    suffix = dataset.option("img_suffix")
    if suffix is None:
        return
    files = {i: f"{name}{suffix}" for i, name in names.items() if i not in tabs}
    missing = _missing(dataset, files)
    with_suffix = [i for i in missing if names[i].endswith(suffix)]
    yield from _at_lines(
        path, with_suffix, f"write the names without img_suffix={suffix!r}, which is added to them"
    )
    yield from _no_image(path, {i: missing[i] for i in missing if i not in with_suffix})


def _images(dataset: DatasetConfig, path: str, entries: dict[int, str]) -> Iterator[Finding]:
    """Lists of mmpretrain: a file, and its label after a blank."""
    if not dataset.options.get("with_label", True):
        yield from _untrimmed(dataset, path, entries)
        yield from _no_image(path, _missing(dataset, entries))
        return
    split = {i: line.strip().rsplit(" ", 1) for i, line in entries.items()}
    wrong = [i for i, parts in split.items() if len(parts) < 2 or not _is_label(parts[1])]
    tabs = [i for i in wrong if "\t" in entries[i]]
    yield from _at_lines(path, tabs, "a tab; write a blank between the file and its label")
    others = [i for i in wrong if i not in tabs]
    if others:
        example = entries[others[0]]
        yield from _at_lines(
            path, others, f"{example!r} does not end in a blank and a label, a number from 0"
        )
    names = {i: parts[0] for i, parts in split.items() if i not in wrong}
    yield from _no_image(path, _missing(dataset, names))


def _untrimmed(_: DatasetConfig, path: str, entries: dict[int, str]) -> Iterator[Finding]:
    """Lists whose lines are taken as they are, such as those of mmdet's XMLDataset."""
    blanks = [i for i, line in entries.items() if line != line.strip() or "\t" in line]
    yield from _at_lines(path, blanks, "blanks or tabs count as part of the name; remove them")


def _is_label(text: str) -> bool:
    try:
        return int(text) >= 0
    except ValueError:
        return False


def _missing(dataset: DatasetConfig, names: dict[int, str]) -> dict[int, str]:
    """Return the paths of the images that do not exist, by the lines of their names."""
    folder = dataset.image_folder
    if len(names) > _MAX_LOOKUPS or not os.path.isdir(folder):  # reported by another rule
        return {}
    files = {i: os.path.join(folder, name) for i, name in names.items()}
    return {i: file for i, file in files.items() if not os.path.exists(file)}


def _no_image(path: str, missing: dict[int, str]) -> Iterator[Finding]:
    if missing:
        yield from _at_lines(
            path, list(missing), f"there is no image {next(iter(missing.values()))}"
        )


def read_lines(path: str) -> list[str] | None:
    """Read the lines of a text file as mmengine does; None if it is not UTF-8."""
    try:
        with open(path, encoding="utf-8") as file:
            return [line.rstrip("\n\r") for line in file]
    except UnicodeDecodeError:
        return None


def _text_faults(path: str, lines: Sequence[str] | None) -> Iterator[Finding]:
    """Find faults of encoding, empty files and blank lines."""
    if lines is None:
        yield Finding(text=f"{path} is not UTF-8 text: save it as UTF-8")
    elif not any(line.strip().strip(_BOM) for line in lines):
        yield Finding(text=f"{path} is empty: it has to have an entry on each line")
    else:
        if lines[0].startswith(_BOM):
            yield Finding(
                text=f"{path} starts with a byte order mark, which becomes part of its first "
                "entry: save it as UTF-8 without BOM"
            )
        blank = [i for i, line in enumerate(lines, start=1) if not line.strip()]
        yield from _at_lines(path, blank, "blank; take blank lines out")


def _at_lines(path: str, numbers: Sequence[int], what: str) -> Iterator[Finding]:
    """Yield a finding about lines of a file, counted from 1; it names the first three."""
    if numbers:
        named = ", ".join(str(number) for number in numbers[:3])
        more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
        plural = "s" if len(numbers) > 1 else ""
        yield Finding(text=f"{path}, line{plural} {named}{more}: {what}")


_FORMATS: dict[str, _Check] = {
    "mmseg.BaseSegDataset.load_data_list": _names,
    "mmpretrain.CustomDataset.load_data_list": _images,
    "mmdet.XMLDataset.load_data_list": _untrimmed,
}
RULES = (list_files, class_files)
