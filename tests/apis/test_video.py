"""Videos are written whole, with as many frames and as large as they should be."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hrnet_mm.apis.video import video_codec, video_writer
from hrnet_mm.errors import UserError

SIZES = [(48, 32), (2, 2), (47, 32), (48, 31), (47, 31)]


@pytest.fixture(params=["H.264", "MPEG-4 Part 2"])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The codec in which videos are written."""
    if request.param == "H.264":
        pytest.importorskip("av")
    else:
        monkeypatch.setattr("hrnet_mm.apis.video.find_spec", lambda _: None)
    assert video_codec() == request.param
    return request.param


def _image(size: tuple[int, int], value: int) -> np.ndarray:
    return np.full((size[1], size[0], 3), (value, 100, 200), dtype=np.uint8)


def _write(path: Path, *, size: tuple[int, int], fps: float | None = 12.5) -> None:
    with video_writer(path, fps=fps, size=size) as writer:
        for i in range(8):
            writer.write(_image(size, 30 * i))


def _read(path: Path) -> tuple[list[np.ndarray], float]:
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == len(frames)
    return frames, video.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize("size", SIZES)
def test_a_video_is_read_back(size: tuple[int, int], codec: str, tmp_path: Path) -> None:
    path = tmp_path / "vis" / "two words, Bäume.mp4"
    _write(path, size=size)
    frames, fps = _read(path)
    assert len(frames) == 8
    assert fps == pytest.approx(12.5)
    width, height = size
    if codec == "MPEG-4 Part 2":  # even sizes only
        width, height = width + width % 2, height + height % 2
    for i, frame in enumerate(frames):
        assert frame.shape == (height, width, 3)
        assert np.abs(frame.astype(int) - _image((width, height), 30 * i)).mean() < 8
    assert [path.name for path in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("size", [(1, 1), (1, 600), (600, 1)])
def test_thin_videos_are_written_or_refused(
    size: tuple[int, int], codec: str, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    _write(path, size=size)
    frames, _ = _read(path)
    assert len(frames) == 8


@pytest.mark.parametrize(
    ("fps", "wanted"), [(None, 25), (30000 / 1001, 30000 / 1001), (0.5, 0.5), (240, 240)]
)
def test_frames_per_second(fps: float | None, wanted: float, codec: str, tmp_path: Path) -> None:
    _write(tmp_path / "film.mp4", size=(48, 32), fps=fps)
    assert _read(tmp_path / "film.mp4")[1] == pytest.approx(wanted, rel=1e-4)


def test_pyav_writes_what_browsers_play(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    _write(tmp_path / "film.mp4", size=(48, 32))
    with av.open(str(tmp_path / "film.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


def test_an_error_leaves_the_old_video(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_text("old")

    def interrupt() -> None:
        with video_writer(path, fps=25, size=(48, 32)) as writer:
            writer.write(_image((48, 32), 0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_named(codec: str, tmp_path: Path, file_limit: None) -> None:
    path = tmp_path / "film.mp4"
    images = np.random.default_rng(0).integers(0, 255, (40, 128, 96, 3), dtype=np.uint8)

    def fill() -> None:
        with video_writer(path, fps=25, size=(96, 128)) as writer:
            for image in images:
                writer.write(image)

    with pytest.raises(UserError, match=f"^cannot write {path}: "):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_are_refused(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with pytest.raises(UserError) as caught, video_writer(path, fps=25, size=(48, 32)) as writer:
        writer.write(_image((32, 48), 0))
    assert str(caught.value) == (
        f"cannot write {path}: a frame of 32 x 48 pixels in a video of 48 x 32"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_not_utf_8(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "\udce9.mp4"
    if codec == "H.264":
        _write(path, size=(48, 32))
        assert path.stat().st_size > 0
    else:
        with pytest.raises(UserError, match="OpenCV needs a path that is UTF-8"):
            _write(path, size=(48, 32))
        assert list(tmp_path.iterdir()) == []


def test_too_large_videos_are_named(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with pytest.raises(UserError, match=rf"cannot write {path}: "):
        _write(path, size=(2, 20000))
    assert list(tmp_path.iterdir()) == []
