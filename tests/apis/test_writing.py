"""What is predicted for images and videos comes whole into the folder."""

import csv
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from hrnet_mm.apis.forms import Naming
from hrnet_mm.apis.frames import Frame, Prediction
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.reading import Video, open_video
from hrnet_mm.apis.sources import ImageFile, Source, VideoFile, Webcam
from hrnet_mm.apis.writing import PredictionWriter
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

NAMING = Naming(
    classes=("cat", "dog"), palette=((1, 2, 3), (4, 5, 6)), keypoints=("nose", "left eye")
)
IMAGE = np.full((6, 8, 3), 128, dtype=np.uint8)
BOXES, SCORES = np.array([[1.0, 2.0, 4.0, 6.0]]), np.array([0.5])
POSES = Poses(
    keypoints=np.array([[[1.0, 2.0], [3.0, 4.0]]]),
    keypoint_scores=np.array([[0.25, 0.75]]),
    boxes=BOXES,
    scores=SCORES,
)
LABELS = LabelMap(labels=np.array([[0, 1], [1, 1]], dtype=np.uint8))
OBJECTS = Detections(boxes=BOXES, scores=SCORES, labels=np.array([1]))
BBOX = [1.0, 2.0, 3.0, 4.0]
RESULTS: dict[str, tuple[Result, list[dict[str, Any]]]] = {
    "poses": (
        POSES,
        [
            {
                "image_id": 7,
                "category_id": 1,
                "keypoints": [1.0, 2.0, 0.25, 3.0, 4.0, 0.75],
                "score": 0.5,
                "bbox": BBOX,
            }
        ],
    ),
    "objects": (
        OBJECTS,
        [{"image_id": 7, "bbox": BBOX, "score": 0.5, "category_id": 2, "category": "dog"}],
    ),
    "labels": (
        LABELS,
        [
            {"label": 1, "category": "dog", "share": 0.75},
            {"label": 0, "category": "cat", "share": 0.25},
        ],
    ),
    "classes": (
        ClassScores(scores=np.array([0.75, 0.25])),
        [
            {"label": 0, "category": "cat", "score": 0.75},
            {"label": 1, "category": "dog", "score": 0.25},
        ],
    ),
}


def _prediction(result: Result, *, name: str = "left/007", index: int | None = None) -> Prediction:
    frame = Frame(source="x", name=name, image=IMAGE, index=index)
    return Prediction(frame=frame, result=result)


def _written(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("task", RESULTS)
def test_an_image(task: str, tmp_path: Path) -> None:
    result, records = RESULTS[task]
    writer = PredictionWriter(tmp_path, naming=NAMING)
    writer.write_image(_prediction(result), drawing=IMAGE)
    labels = ["predictions/left/007.png"] if task == "labels" else []
    assert _written(tmp_path) == ["predictions/left/007.json", *labels, "vis/left/007.jpg"]
    assert json.loads((tmp_path / "predictions/left/007.json").read_text()) == records
    for path in labels:
        assert np.array_equal(np.array(Image.open(tmp_path / path)), LABELS.labels)


@pytest.mark.parametrize("task", RESULTS)
def test_a_video(task: str, tmp_path: Path) -> None:
    result, records = RESULTS[task]
    writer = PredictionWriter(tmp_path, naming=NAMING)
    lines = tmp_path / "predictions/left/film.jsonl"
    with writer.video("left/film", fps=10) as write:
        for index in range(3):
            write(_prediction(result, index=index), IMAGE)
            read = lines.with_name("film.jsonl.part").read_text().splitlines()
            assert len(read) == index + 1
        assert not lines.exists()
    labels = [f"predictions/left/film.labels/00000{i}.png" for i in range(3)]
    assert _written(tmp_path) == [
        "predictions/left/film.jsonl",
        *(labels if task == "labels" else []),
        "vis/left/film.mp4",
    ]
    for index, line in enumerate(lines.read_text().splitlines()):
        numbered = [
            record | {"image_id": index} if "image_id" in record else record for record in records
        ]
        assert json.loads(line) == {"frame": index, "predictions": numbered}


def test_a_given_id_of_an_image(tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path, naming=NAMING)
    writer.write_image(_prediction(POSES), drawing=None, image_id=0)
    assert json.loads((tmp_path / "predictions/left/007.json").read_text())[0]["image_id"] == 0


def test_csv(tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path, naming=NAMING, form="csv")
    name = 'two words, "Bäume" \udcff'
    writer.write_image(_prediction(POSES, name=name), drawing=None)
    with writer.video("film", fps=10) as write:
        for index in range(2):
            write(_prediction(POSES, name="film", index=index), None)
    head = ["image", "frame", "instance", "instance_score", "keypoint", "x", "y", "score"]
    text = (tmp_path / f"predictions/{name}.csv").read_text(errors="surrogateescape")
    assert list(csv.reader(text.splitlines())) == [
        head,
        [name, "", "0", "0.5", "nose", "1.0", "2.0", "0.25"],
        [name, "", "0", "0.5", "left eye", "3.0", "4.0", "0.75"],
    ]
    rows = _rows(tmp_path / "predictions/film.csv")
    assert rows[0] == head
    assert [row[:2] for row in rows[1:]] == [["film", "0"]] * 2 + [["film", "1"]] * 2


def test_csv_is_for_poses(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="csv is for poses, and this model has no keypoints"):
        PredictionWriter(tmp_path, naming=replace(NAMING, keypoints=()), form="csv")


@pytest.mark.parametrize("draws", [True, False])
def test_what_is_done_is_known(draws: bool, tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path, naming=NAMING, draws=draws)
    drawing = IMAGE if draws else None
    image: Source = ImageFile(path=Path("x/a.jpg"), name="a")
    video: Source = VideoFile(path=Path("x/b.mp4"), name="b")
    assert not writer.is_done(image)
    assert not writer.is_done(video)
    writer.write_image(_prediction(POSES, name="a"), drawing=drawing)
    with writer.video("b", fps=None) as write:
        write(_prediction(POSES, name="b", index=0), drawing)
        assert not writer.is_done(video)
    assert writer.is_done(image)
    assert writer.is_done(video)
    assert not writer.is_done(Webcam(number=0, name="webcam0_now"))
    assert not PredictionWriter(tmp_path, naming=NAMING, form="csv").is_done(image)
    with_drawings = PredictionWriter(tmp_path, naming=NAMING)
    assert with_drawings.is_done(image) == with_drawings.is_done(video) == draws


def test_no_file_comes_of_a_video_without_frames(tmp_path: Path) -> None:
    with PredictionWriter(tmp_path, naming=NAMING).video("film", fps=10):
        pass
    assert _written(tmp_path) == []


def test_an_error_leaves_nothing_under_a_final_name(tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path, naming=NAMING)

    def interrupt() -> None:
        with writer.video("film", fps=10) as write:
            write(_prediction(POSES, index=0), IMAGE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert _written(tmp_path) == ["predictions/film.jsonl.part"]


def test_a_shorter_video_leaves_no_label_maps_of_the_one_before(tmp_path: Path) -> None:
    writer = PredictionWriter(tmp_path, naming=NAMING)
    for frames in (3, 1):
        with writer.video("film", fps=10) as write:
            for index in range(frames):
                write(_prediction(LABELS, index=index), None)
    assert len(list((tmp_path / "predictions/film.labels").iterdir())) == 1


def test_memory_does_not_grow_with_a_video(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    film = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, 25, (48, 32))
    for i in range(2000):
        film.write(np.full((32, 48, 3), i % 256, dtype=np.uint8))
    film.release()
    source = VideoFile(path=path, name="film")
    video = open_video(source, reader=ImageReader(), ahead=4)
    assert isinstance(video, Video)
    writer = PredictionWriter(tmp_path / "out", naming=NAMING)
    held: list[int] = []
    tracemalloc.start()
    try:
        with writer.video(source.name, fps=video.fps) as write:
            for frame in video.frames:
                assert isinstance(frame, Frame)
                write(Prediction(frame=frame, result=POSES), frame.image)
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(held) == 2000
    assert max(held[1000:]) < max(held[100:1000]) + 50_000  # eleven frames
    drawn = cv2.VideoCapture(str(tmp_path / "out/vis/film.mp4"))
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == 2000
    lines = (tmp_path / "out/predictions/film.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["frame"] == 1999
