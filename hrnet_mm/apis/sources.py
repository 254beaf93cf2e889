"""Finds the images, videos and webcams that inputs stand for, and names them."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hrnet_mm.apis.frames import Failure
from hrnet_mm.apis.names import Candidate, unique_names
from hrnet_mm.errors import UserError

# What OpenCV reads; a GIF is read as a video, of one frame or more.
_IMAGES = ".avif .bmp .dib .jp2 .jpe .jpeg .jpg .pbm .pgm .png .pnm .ppm .tif .tiff .webp"
_VIDEOS = ".3gp .avi .flv .gif .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv"
IMAGE_SUFFIXES, VIDEO_SUFFIXES = frozenset(_IMAGES.split()), frozenset(_VIDEOS.split())
_WEBCAM = re.compile(r"webcam:(\d+)")


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """An image file, and what the files written for it are called, without a suffix."""

    path: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class VideoFile:
    """A video file, and what the files written for it are called, without a suffix."""

    path: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class Webcam:
    """A camera by its number; its name has the time, so that no recording replaces another."""

    number: int
    name: str


Source = ImageFile | VideoFile | Webcam


@dataclass(kw_only=True)
class FoundSources:
    """What inputs stand for.

    Attributes:
        sources: In the order of the inputs; of a folder, sorted by path.
        failures: The inputs that stand for nothing.
        ignored: Files in folders, or that match a pattern, which are neither images nor videos by
            their suffix.
    """

    sources: list[Source] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    ignored: set[Path] = field(default_factory=set)


class _NothingFoundError(Exception):
    """An input stands for nothing; the text says why, to follow "INPUT: "."""


def find_sources(inputs: Sequence[str], *, exclude: Sequence[Path] = ()) -> FoundSources:
    """Find the images, videos and webcams that inputs stand for.

    A folder stands for the images and videos in it and in its subfolders, without hidden ones; a
    pattern for those that match it, and those in folders that match it. A file stands for itself;
    it is taken as an image unless its suffix is that of a video.

    Args:
        inputs: Files, folders, patterns such as ``images/**/*.jpg``, and ``webcam:0``.
        exclude: Folders whose files are not taken from other folders and by patterns, such as those
            to which predictions are written.

    Raises:
        UserError: Nothing is found at all; a line for each input.
    """
    found = FoundSources()
    candidates: dict[str, Candidate] = {}  # by absolute path, so that none is taken twice
    webcams: dict[int, Webcam] = {}
    for text in inputs:
        try:
            if text.startswith("webcam:"):
                webcam = _webcam(text)
                webcams[webcam.number] = webcam
                continue
            new = list(_files(text, exclude=exclude, found=found))
        except _NothingFoundError as error:
            found.failures.append(Failure(source=text, reason=str(error)))
            continue
        for candidate in new:
            candidates.setdefault(os.path.abspath(candidate.path), candidate)
    files = [*candidates.values()]
    for file, name in zip(files, unique_names(files), strict=True):
        kind = VideoFile if file.path.suffix.lower() in VIDEO_SUFFIXES else ImageFile
        found.sources.append(kind(path=file.path, name=name))
    found.sources += webcams.values()
    if not found.sources:
        lines = [f"{failure.source}: {failure.reason}" for failure in found.failures]
        raise UserError("\n".join(lines) or "no input: give images, videos or folders of them")
    return found


def _webcam(text: str) -> Webcam:
    match = _WEBCAM.fullmatch(text)
    if match is None:
        raise _NothingFoundError("give the number of the camera, as in webcam:0")
    number = int(match[1])
    return Webcam(number=number, name=f"webcam{number}_{datetime.now():%Y-%m-%d_%H-%M-%S}")


def _files(text: str, *, exclude: Sequence[Path], found: FoundSources) -> Iterator[Candidate]:
    """Yield the files that an input stands for."""
    path = Path(text)
    if os.path.isdir(text):
        yield from _files_of_folder(path, exclude=exclude, found=found)
    elif os.path.exists(text):
        yield Candidate(path=path, base=path.parent)
    elif not glob.has_magic(text):
        raise _NothingFoundError("there is no such file or folder")
    else:
        yield from _matches(text, exclude=exclude, found=found)


def _matches(pattern: str, *, exclude: Sequence[Path], found: FoundSources) -> Iterator[Candidate]:
    """Yield the images and videos that match a pattern, and those in folders that match it."""
    files = []
    for path in map(Path, sorted(glob.glob(pattern, recursive=True))):
        if path.is_dir():
            files += _walk(path, exclude=exclude, found=found)
        elif not _is_below(path, exclude) and _is_taken(path, found=found):
            files.append(Candidate(path=path, base=path.parent))
    if not files:
        raise _NothingFoundError("no image or video matches this pattern")
    yield from files


def _files_of_folder(
    folder: Path, *, exclude: Sequence[Path], found: FoundSources
) -> Iterator[Candidate]:
    failures = len(found.failures)
    files = list(_walk(folder, exclude=exclude, found=found))
    if not files and failures == len(found.failures):
        raise _NothingFoundError("no image or video in this folder")
    yield from files


def _walk(folder: Path, *, exclude: Sequence[Path], found: FoundSources) -> Iterator[Candidate]:
    """Yield the images and videos below a folder, through links to other folders too."""

    def note(error: OSError) -> None:
        reason = f"the folder cannot be read: {error.strerror}"
        found.failures.append(Failure(source=error.filename, reason=reason))

    visited = set()
    for parent, folders, files in os.walk(folder, onerror=note, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited or _is_below(Path(parent), exclude):  # a link may lead upwards
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            path = Path(parent, name)
            if _is_taken(path, found=found):
                yield Candidate(path=path, base=folder)


def _is_taken(path: Path, *, found: FoundSources) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES:
        return True
    found.ignored.add(path)
    return False


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    absolute = Path(os.path.abspath(path))
    return any(absolute.is_relative_to(os.path.abspath(folder)) for folder in folders)
