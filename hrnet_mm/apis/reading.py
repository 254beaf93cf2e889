"""Reads images, and the frames of videos and webcams, ahead of their use."""

import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2

from hrnet_mm.apis.background import in_background
from hrnet_mm.apis.frames import Failure, Frame
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.names import is_text
from hrnet_mm.apis.sources import ImageFile, Source, VideoFile, Webcam
from hrnet_mm.errors import UserError

Frames = Generator[Frame | Failure, None, None]

# Their headers hold the number of frames; for others it is a guess from the duration.
_COUNTED_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi")
_HIGHEST_FPS = 1000  # of a file that knows them; others may say 90000


def read_images(files: Iterable[ImageFile], *, reader: ImageReader, ahead: int) -> Frames:
    """Yield images in the given order; `ahead` of them are decoded before they are asked for.

    Yields:
        A `Failure` in place of an image that cannot be read.
    """
    return in_background((_read_image(file, reader=reader) for file in files), ahead=ahead)


def _read_image(file: ImageFile, *, reader: ImageReader) -> Frame | Failure:
    source = str(file.path)
    prefix = f"the image {source} "
    try:
        return Frame(source=source, name=file.name, image=reader.read(file.path))
    except UserError as error:
        if not str(error).startswith(prefix):  # of the config, such as a missing backend
            raise
        return Failure(source=source, reason=str(error).removeprefix(prefix))


def read_all(sources: Iterable[Source], *, reader: ImageReader, ahead: int) -> Frames:
    """Yield images and the frames of videos in the given order, as `read_images` and `open_video`.

    Yields:
        A `Failure` in place of what cannot be read.
    """
    for is_image, group in groupby(sources, key=lambda source: isinstance(source, ImageFile)):
        if is_image:
            yield from read_images(group, reader=reader, ahead=ahead)  # type: ignore
            continue
        for source in group:
            assert not isinstance(source, ImageFile)
            video = open_video(source, reader=reader, ahead=ahead)
            if isinstance(video, Failure):
                yield video
            else:
                yield from video.frames


@dataclass(frozen=True, kw_only=True)
class Video:
    """An open video.

    Attributes:
        frames: Its frames; a `Failure` comes last if it breaks off or has none.
        fps: Frames per second; None if unknown.
        length: The number of frames to come, for a progress bar; None if unknown.
    """

    frames: Frames
    fps: float | None
    length: int | None


def open_video(
    source: VideoFile | Webcam, *, reader: ImageReader, ahead: int, max_frames: int | None = None
) -> Video | Failure:
    """Open a video or webcam, of which `ahead` frames are decoded before they are asked for.

    It is released when its frames are closed, let go or at their end.

    Args:
        source: The video or webcam.
        reader: Gives the frames the form that the model expects.
        ahead: The number of frames, at least 1.
        max_frames: How many to read at most; None for all.

    Returns:
        The video, or why it cannot be opened.
    """
    name = name_of(source)
    if isinstance(source, VideoFile) and not is_text(os.path.abspath(source.path)):
        return Failure(source=name, reason="its path is not UTF-8, as OpenCV needs; rename it")
    capture = _open(source)
    if not capture.isOpened():
        reason = "is no camera" if isinstance(source, Webcam) else "is damaged or not a video"
        return Failure(source=name, reason=f"{reason} that OpenCV can open")
    fps, length = capture.get(cv2.CAP_PROP_FPS), round(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    announced = length if length > 0 and not isinstance(source, Webcam) else None
    frames = _frames(
        capture,
        name=name,
        source=source,
        reader=reader,
        announced=announced,
        max_frames=max_frames,
    )
    return Video(
        frames=in_background(frames, ahead=ahead),
        fps=fps if 0 < fps <= _HIGHEST_FPS else None,
        length=min((n for n in (announced, max_frames) if n is not None), default=None),
    )


def name_of(source: VideoFile | Webcam) -> str:
    """Return what a video or webcam is called in messages, the ``source`` of its frames."""
    return f"webcam:{source.number}" if isinstance(source, Webcam) else str(source.path)


def _open(source: VideoFile | Webcam) -> cv2.VideoCapture:
    """Open a video or webcam without OpenCV's warnings, which a `Failure` stands for."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        if isinstance(source, Webcam):
            return cv2.VideoCapture(source.number)
        # FFmpeg takes a relative path with a colon for an address, other readers one with a number
        # for a sequence of images.
        return cv2.VideoCapture(os.path.abspath(source.path), cv2.CAP_FFMPEG)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _frames(
    capture: cv2.VideoCapture,
    *,
    name: str,
    source: VideoFile | Webcam,
    reader: ImageReader,
    announced: int | None,
    max_frames: int | None,
) -> Frames:
    index = 0
    try:
        while max_frames is None or index < max_frames:
            is_read, image = capture.read()
            if not is_read:
                break
            yield Frame(source=name, name=source.name, image=reader.take(image), index=index)
            index += 1
        else:
            return
    finally:
        capture.release()
    if index == 0:
        yield Failure(source=name, reason="has no frames")
    elif isinstance(source, Webcam):
        yield Failure(source=name, reason=f"gave no more frames after {index}")
    elif announced is not None and _breaks_off(source.path, index, announced):
        reason = f"breaks off after {index} frames; it should have {announced}"
        yield Failure(source=name, reason=reason)


def _breaks_off(path: Path, read: int, announced: int) -> bool:
    """Tell whether so many frames are missing that the file must be damaged.

    An edited video may hide some of those that its header counts.
    """
    return path.suffix.lower() in _COUNTED_SUFFIXES and read < 0.9 * announced
