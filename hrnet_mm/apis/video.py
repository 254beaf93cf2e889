"""Writes drawn frames as an MP4 file: H.264 with PyAV, which browsers play, else MPEG-4 Part 2."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hrnet_mm.apis.names import is_text
from hrnet_mm.apis.outputs import write_errors_named
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

_UNKNOWN_FPS = 25.0  # for a webcam that does not tell


@contextmanager
def video_writer(
    path: Path, *, fps: float | None, size: tuple[int, int]
) -> Iterator["VideoWriter"]:
    """Write a video whole or not at all.

    A video of odd width or height has its colours in full resolution, 4:4:4, in H.264, which not
    all browsers play; in MPEG-4 it gets another column or row, a copy of the last one.

    Args:
        path: The file, .mp4.
        fps: Frames per second; None if unknown, for 25.
        size: Width and height of all frames.

    Raises:
        UserError: The file cannot be written.
    """
    with whole_file(path) as unfinished:
        writer = _writer()(path, size=size)
        try:
            with writer.errors_named():
                writer.open(unfinished, fps=fps or _UNKNOWN_FPS)
            yield writer
            with writer.errors_named():
                writer.finish()
        finally:
            with writer.errors_named():
                writer.release()


def video_codec() -> str:
    """Return the name of the codec in which videos are written."""
    return _writer().codec


def _writer() -> type["VideoWriter"]:
    return _H264 if find_spec("av") else _Mpeg4


class VideoWriter(ABC):
    """Takes the frames of a video, one after the other.

    Attributes:
        codec: Its name for users.
        errors: What the encoder raises.
    """

    codec: str
    errors: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, path: Path, *, size: tuple[int, int]) -> None:
        self.path = path
        self.size = size

    def write(self, image: np.ndarray) -> None:
        """Add a frame, (H, W, 3) in BGR order, uint8.

        Raises:
            UserError: It has another size, or cannot be written.
        """
        size = image.shape[1], image.shape[0]
        if size != self.size:
            raise UserError(
                f"cannot write {self.path}: a frame of {size[0]} x {size[1]} pixels in a video of "
                f"{self.size[0]} x {self.size[1]}"
            )
        with self.errors_named():
            self.encode(image)

    def errors_named(self) -> Any:
        """Name the file in errors of the encoder."""
        return write_errors_named(self.path, errors=self.errors)

    @abstractmethod
    def open(self, path: Path, *, fps: float) -> None:
        """Open a file to write to."""

    @abstractmethod
    def encode(self, image: np.ndarray) -> None:
        """Add a frame of the right size."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the file."""

    @abstractmethod
    def release(self) -> None:
        """Close the file, complete or not."""


class _H264(VideoWriter):
    """Writes with PyAV."""

    codec = "H.264"

    def __init__(self, path: Path, *, size: tuple[int, int]) -> None:
        from av.error import FFmpegError

        super().__init__(path, size=size)
        self.errors = (OSError, FFmpegError)
        self._container: Any = None

    def open(self, path: Path, *, fps: float) -> None:
        import av

        self._container = av.open(str(path), "w")
        # As exact as the header of a video has it, such as 30000/1001.
        rate = Fraction(fps).limit_denominator(1001)
        self._stream: Any = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self.size
        # 4:2:0 takes even sizes only.
        is_even = all(length % 2 == 0 for length in self.size)
        self._stream.pix_fmt = "yuv420p" if is_even else "yuv444p"

    def encode(self, image: np.ndarray) -> None:
        from av import VideoFrame

        frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()

    def release(self) -> None:
        if self._container is not None:
            self._container.close()  # a second time does nothing


class _Mpeg4(VideoWriter):
    """Writes with OpenCV, which reports no error after the opening."""

    codec = "MPEG-4 Part 2"
    errors = (OSError, cv2.error)

    def __init__(self, path: Path, *, size: tuple[int, int]) -> None:
        super().__init__(path, size=size)
        self._writer = cv2.VideoWriter()

    def open(self, path: Path, *, fps: float) -> None:
        width, height = self.size
        self._unfinished, self._number = path, 0
        if not is_text(str(path)):
            raise UserError(f"cannot write {self.path}: OpenCV needs a path that is UTF-8")
        codec = cv2.VideoWriter.fourcc(*"mp4v")
        even = width + width % 2, height + height % 2
        if not self._writer.open(str(path), cv2.CAP_FFMPEG, codec, fps, even):
            raise UserError(
                f"cannot write {self.path}: OpenCV writes no video of {width} x {height} pixels, "
                f"{fps:g} a second"
            )

    def encode(self, image: np.ndarray) -> None:
        width, height = self.size
        # OpenCV would cut the last column or row off.
        even = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        self._writer.write(even)
        self._number += 1

    def finish(self) -> None:
        self._writer.release()
        video = cv2.VideoCapture(str(self._unfinished), cv2.CAP_FFMPEG)
        number = round(video.get(cv2.CAP_PROP_FRAME_COUNT))
        video.release()
        if number != self._number:
            raise OSError(f"only {number} of {self._number} frames came into it; is the disk full?")

    def release(self) -> None:
        self._writer.release()
