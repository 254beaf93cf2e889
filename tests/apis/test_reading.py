"""Images and frames are read in the background; what cannot be read is named in its place."""

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hrnet_mm.apis.frames import Failure, Frame
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.reading import Video, open_video, read_images
from hrnet_mm.apis.sources import ImageFile, VideoFile, Webcam
from hrnet_mm.errors import UserError

IMAGE = np.random.default_rng(0).integers(0, 255, (16, 24, 3), dtype=np.uint8)
Write = Callable[..., Path]


@pytest.fixture
def write_video(tmp_path: Path) -> Write:
    """Write a video whose frames become brighter."""

    def write(name: str = "film.mp4", *, frames: int = 6, codec: str = "mp4v") -> Path:
        path = tmp_path / name
        fourcc = cv2.VideoWriter.fourcc(*codec)
        writer = cv2.VideoWriter(str(path), fourcc, 12.5, (48, 32))
        for i in range(frames):
            writer.write(np.full((32, 48, 3), 40 * i % 256, dtype=np.uint8))
        writer.release()
        return path

    return write


def _open(path: Path, **options: Any) -> Video | Failure:
    return open_video(VideoFile(path=path, name="film"), reader=ImageReader(), ahead=2, **options)


def _frames(video: Video | Failure) -> list[Frame | Failure]:
    assert isinstance(video, Video), video
    return list(video.frames)


def test_images_come_in_order_and_failures_in_their_places(tmp_path: Path) -> None:
    files = [ImageFile(path=tmp_path / f"{i}.png", name=f"name{i}") for i in range(4)]
    for file in files:
        cv2.imwrite(str(file.path), IMAGE)
    files[1].path.write_bytes(b"no image")
    files[2].path.unlink()
    first, second, third, last = read_images(files, reader=ImageReader(), ahead=2)
    for item, file in ((first, files[0]), (last, files[3])):
        assert isinstance(item, Frame)
        assert (item.source, item.name, item.index) == (str(file.path), file.name, None)
        assert np.array_equal(item.image, IMAGE)
    assert second == Failure(
        source=str(files[1].path),
        reason="is truncated, damaged or not an image; get it again or leave it out",
    )
    assert third == Failure(
        source=str(files[2].path), reason="cannot be read: No such file or directory"
    )


def test_an_error_of_the_config_is_not_that_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmcv.image.io.tifffile", None)
    file = ImageFile(path=tmp_path / "a.tiff", name="a")
    cv2.imwrite(str(file.path), IMAGE)
    with pytest.raises(UserError, match="needs the package tifffile"):
        list(read_images([file], reader=ImageReader(backend="tifffile"), ahead=1))


@pytest.mark.parametrize(
    ("name", "codec"), [("film.mp4", "mp4v"), ("film.avi", "MJPG"), ("film:%02d.mkv", "mp4v")]
)
def test_frames_of_a_video(name: str, codec: str, write_video: Write) -> None:
    path = write_video(name, codec=codec)
    video = _open(path)
    assert isinstance(video, Video)
    assert (video.fps, video.length) == (12.5, 6)
    frames = list(video.frames)
    assert len(frames) == 6
    for i, frame in enumerate(frames):
        assert isinstance(frame, Frame)
        assert (frame.source, frame.name, frame.index) == (str(path), "film", i)
        assert frame.image.shape == (32, 48, 3)
        assert abs(frame.image.mean() - 40 * i) < 5


def test_a_relative_path_with_a_colon(write_video: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video("http:film.mp4")
    monkeypatch.chdir(path.parent)
    assert len(_frames(_open(Path(path.name)))) == 6


def test_a_path_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "\udce9.mp4"
    assert _open(path) == Failure(
        source=str(path), reason="its path is not UTF-8, as OpenCV needs; rename it"
    )


def test_frames_have_the_form_that_the_model_expects(write_video: Write) -> None:
    source = VideoFile(path=write_video(), name="film")
    video = open_video(source, reader=ImageReader(flag="grayscale"), ahead=1)
    for frame in _frames(video):
        assert isinstance(frame, Frame)
        assert frame.image.shape == (32, 48)


@pytest.mark.parametrize(("most", "number"), [(1, 1), (4, 4), (6, 6), (9, 6)])
def test_no_more_frames_than_asked_for(most: int, number: int, write_video: Write) -> None:
    video = _open(write_video(), max_frames=most)
    assert isinstance(video, Video)
    assert video.length == number
    assert [type(frame) for frame in video.frames] == [Frame] * number


def test_the_thread_ends_when_no_more_frames_are_wanted(write_video: Write) -> None:
    threads = set(threading.enumerate())
    video = _open(write_video(frames=200))
    assert isinstance(video, Video)
    next(video.frames)
    video.frames.close()
    assert set(threading.enumerate()) <= threads


def test_a_video_without_frames(write_video: Write) -> None:
    path = write_video(frames=0)
    video = _open(path)
    failure = video if isinstance(video, Failure) else next(video.frames)
    assert isinstance(failure, Failure)
    assert failure.source == str(path)
    assert failure.reason in ("has no frames", "is damaged or not a video that OpenCV can open")


@pytest.mark.parametrize("content", [b"", b"no video", b"\0\0\0\x20ftypisom" + bytes(100)])
def test_what_is_no_video(
    content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert _open(path) == Failure(
        source=str(path), reason="is damaged or not a video that OpenCV can open"
    )
    assert "WARN" not in capfd.readouterr().err


def test_a_video_that_breaks_off(write_video: Write) -> None:
    path = write_video("film.avi", frames=40, codec="MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    *frames, last = _frames(_open(path))
    assert 0 < len(frames) < 36
    assert last == Failure(
        source=str(path), reason=f"breaks off after {len(frames)} frames; it should have 40"
    )


def test_a_camera_that_is_not_there() -> None:
    video = open_video(Webcam(number=99, name="webcam99"), reader=ImageReader(), ahead=1)
    assert video == Failure(source="webcam:99", reason="is no camera that OpenCV can open")


class _Camera:
    """Stands for OpenCV's; gives so many frames."""

    def __init__(self, frames: float) -> None:
        self.left = frames
        self.is_released = False

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def get(self, _: int) -> float:
        return -1.0  # unknown

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, IMAGE) if self.left >= 0 else (False, None)

    def release(self) -> None:
        self.is_released = True


def _use(camera: _Camera, monkeypatch: pytest.MonkeyPatch) -> Video:
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: {0: camera}[number])
    video = open_video(Webcam(number=0, name="webcam0_now"), reader=ImageReader(), ahead=2)
    assert isinstance(video, Video)
    return video


def test_a_webcam_gives_frames_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = _Camera(math.inf)
    video = _use(camera, monkeypatch)
    assert (video.fps, video.length) == (None, None)
    frames = [next(video.frames) for _ in range(50)]
    assert isinstance(frames[-1], Frame)
    assert (frames[-1].source, frames[-1].name) == ("webcam:0", "webcam0_now")
    assert frames[-1].index == 49
    video.frames.close()
    assert camera.is_released


def test_a_webcam_that_is_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = _Camera(3)
    assert list(_use(camera, monkeypatch).frames)[3:] == [
        Failure(source="webcam:0", reason="gave no more frames after 3")
    ]
    assert camera.is_released
