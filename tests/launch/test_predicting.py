"""``tools/predict.py`` as a user meets it: options in, files and lines out."""

import json
import os
import resource
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from hrnet_mm.apis.progress import Progress
from hrnet_mm.errors import UserError
from hrnet_mm.launch.predicting import predict
from tests.apis.models import TASKS, ToyModel, stock_test
from tests.isolated import run_python
from tests.launch.options import predict_options

Models = Callable[[str], ToyModel]


def _predict(model: ToyModel, *inputs: Any, out_dir: Path, **others: Any) -> int:
    return predict(
        predict_options(model.config, model.checkpoint, *inputs, out_dir=out_dir, **others)
    )


def _read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def _files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("task", TASKS)
def test_a_folder_becomes_drawings_and_predictions(
    task: str,
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, out = toy_model(task), tmp_path / "out"
    assert _predict(model, images[0].parent, out_dir=out) == 0
    names = [path.stem for path in images]
    expected = [f"predictions/{name}.json" for name in names] + [
        f"vis/{name}.jpg" for name in names
    ]
    if task == "seg":
        expected += [f"predictions/{name}.png" for name in names]
    assert _files(out) == sorted(expected)
    for path in images:
        assert _read(out / f"vis/{path.stem}.jpg").shape == (240, 320, 3)

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.json")}
    capsys.readouterr()
    assert _predict(model, images[0].parent, out_dir=out) == 0
    assert "3 of 3 inputs are done; --overwrite does them again" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*.json")}
    assert _predict(model, images[0].parent, out_dir=out, overwrite=True) == 0
    assert all(before[path] < path.stat().st_mtime_ns for path in before)


def test_poses_in_the_datasets_boxes_are_what_the_metric_writes(
    toy_model: Models,
    images: list[Path],
    toy_scenes: Path,
    tmp_path: Path,
) -> None:
    model, out = toy_model("pose"), tmp_path / "out"
    prefix = str(tmp_path / "results")
    stock_test(model, tmp_path, format_only=True, outfile_prefix=prefix)
    expected = json.loads(Path(f"{prefix}.keypoints.json").read_text())
    boxes = toy_scenes / "annotations/person_keypoints_val.json"
    assert (
        _predict(model, images[0].parent, out_dir=out, boxes=boxes, score_thr=0, no_vis=True) == 0
    )
    found = [
        r
        for path in images
        for r in json.loads((out / f"predictions/{path.stem}.json").read_text())
    ]
    assert len(found) == len(expected) > 3
    for record, other in zip(found, expected, strict=True):
        assert record.keys() >= other.keys()
        assert record["image_id"] == other["image_id"]
        assert record["category_id"] == other["category_id"]
        assert record["score"] == pytest.approx(other["score"], abs=1e-4)
        np.testing.assert_allclose(record["keypoints"], other["keypoints"], atol=1e-2)


def test_label_maps_are_what_the_metric_writes(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
) -> None:
    model, out = toy_model("seg"), tmp_path / "out"
    stock_test(model, tmp_path, format_only=True, output_dir=str(tmp_path / "stock"))
    assert _predict(model, images[0].parent, out_dir=out) == 0
    for path in images:
        ours = Image.open(out / f"predictions/{path.stem}.png")
        assert (ours.getpalette() or [])[:3] == [112, 176, 224]  # the sky's
        stock = np.asarray(Image.open(tmp_path / f"stock/{path.stem}.png"))
        assert (np.asarray(ours) == stock).mean() > 0.9999


def test_bad_files_are_listed_and_do_not_stop_the_others(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    shutil.copy(images[0], folder / "good.png")
    (folder / "cut.png").write_bytes(images[0].read_bytes()[:3000])
    (folder / "notes.txt").write_text("no image")
    assert _predict(toy_model("cls"), folder, tmp_path / "nowhere", out_dir=out) == 1
    printed = capsys.readouterr().out
    assert _files(out) == ["predictions/good.json", "vis/good.jpg"]
    assert "neither images nor videos by their names: 1 files" in printed
    assert f"failed: {folder}/cut.png: is truncated, damaged or not an image" in printed
    assert f"failed: {tmp_path}/nowhere: there is no such file or folder" in printed


@pytest.mark.parametrize("task", ["pose", "seg"])
def test_nothing_is_said_to_others_than_the_user(
    task: str,
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    model = toy_model(task)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        _predict(model, images[0], tmp_path / "broken.mp4", out_dir=tmp_path / "out")
    known = "instance named of predict has been created"  # by another test
    assert [str(w.message) for w in said if known not in str(w.message)] == []
    lines = capfd.readouterr().err.splitlines()
    # FFmpeg reads its level once in a process, which may have been in another test.
    (line,) = (line for line in lines if not line.startswith("[mov,"))
    assert line.startswith("1 image in ")


@pytest.mark.slow
def test_ffmpeg_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    code = f"""
import cv2
from hrnet_mm.launch.predicting import _no_chatter
with _no_chatter():
    assert not cv2.VideoCapture({str(tmp_path / "broken.mp4")!r}).isOpened()
"""
    done = run_python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def video(images: list[Path], tmp_path: Path) -> Path:
    """A video of seven frames."""
    path = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 240))
    for number in range(7):
        writer.write(_read(images[number % 3]))
    writer.release()
    return path


def test_a_video_that_cannot_be_written_does_not_stop_the_others(
    toy_model: Models,
    video: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("av")
    wide, out = tmp_path / "a_wide.gif", tmp_path / "out"
    Image.new("RGB", (20000, 8)).save(wide)  # more than libx264 takes
    odd = tmp_path / "\udce9.mp4"
    odd.touch()
    assert _predict(toy_model("cls"), wide, odd, video, tmp_path / "b.png", out_dir=out) == 1
    printed = capsys.readouterr().out
    assert f"failed: {wide}: cannot write {out}/vis/a_wide.mp4: " in printed
    assert f"failed: {tmp_path}/\\udce9.mp4: its path is not UTF-8" in printed
    assert f"failed: {tmp_path}/b.png: " in printed
    assert "predictions/film.jsonl" in _files(out)
    assert "vis/film.mp4" in _files(out)


@pytest.mark.parametrize("task", TASKS)
def test_a_video_becomes_a_video_and_lines(
    task: str,
    toy_model: Models,
    video: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    assert _predict(toy_model(task), video, out_dir=out) == 0
    lines = (out / "predictions/film.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(7))
    drawn = cv2.VideoCapture(str(out / "vis/film.mp4"))
    frames = []
    while (read := drawn.read())[0]:
        frames.append(read[1])
    assert [frame.shape for frame in frames] == [(240, 320, 3)] * 7
    if task == "seg":
        assert len(list((out / "predictions/film.labels").iterdir())) == 7


def test_only_so_many_frames_are_read(
    toy_model: Models,
    video: Path,
    tmp_path: Path,
) -> None:
    options: dict[str, Any] = dict(
        out_dir=tmp_path / "out", max_frames=3, format="csv", no_vis=True, score_thr=0
    )
    assert _predict(toy_model("pose"), video, **options) == 0
    head, *rows = (tmp_path / "out/predictions/film.csv").read_text().splitlines()
    assert head.startswith("image,frame,instance")
    assert [row.split(",")[:2] for row in rows[::17]] == [["film", str(n)] for n in range(3)]


def test_a_detectors_boxes_and_no_box_no_skeleton(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    detector = toy_model("det")
    options: dict[str, Any] = dict(
        out_dir=tmp_path / "out",
        detector=(str(detector.config), str(detector.checkpoint)),
        detector_classes=["person"],
    )
    # Weights of chance find nothing that is certain.
    assert _predict(toy_model("pose"), images[0], **options) == 0
    assert f"boxes: of person, found by {detector.config}" in capsys.readouterr().out
    assert json.loads((tmp_path / f"out/predictions/{images[0].stem}.json").read_text()) == []


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("seg", dict(boxes="boxes.json"), "boxes are of no use"),
        ("pose", dict(detector_classes=["person"]), "--detector-classes: give a --detector too"),
        ("pose", dict(detector=("a", "b", "c")), "inputs come before the options"),
        ("seg", dict(format="csv"), "csv is for poses"),
        ("cls", dict(max_frames=0), "--max-frames 0: give 1 or more"),
        ("det", dict(tta=True), "sets no tta_model"),
        ("det", dict(slide=(64, 48)), "is no segmentation model"),
    ],
)
def test_options_that_do_not_fit_are_refused(  # noqa: PLR0917
    task: str,
    options: dict[str, Any],
    message: str,
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("boxes.json").write_text("[]")
    options = {k: Path(v) if k == "boxes" else v for k, v in options.items()}
    with pytest.raises(UserError, match=message):
        _predict(toy_model(task), images[0], out_dir=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_pose_model_is_no_detector(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
) -> None:
    pose = toy_model("pose")
    detector = (str(pose.config), str(pose.checkpoint))
    with pytest.raises(UserError, match="it is a model for pose, not det"):
        _predict(pose, images[0], out_dir=tmp_path / "out", detector=detector)


def test_a_stop_leaves_what_is_done_and_the_next_call_goes_on(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    advance = Progress.advance

    def interrupted(progress: Progress, number: int = 1) -> None:
        advance(progress, number)
        raise KeyboardInterrupt

    options: dict[str, Any] = dict(out_dir=tmp_path / "out", no_vis=True, batch_size=1)
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "advance", interrupted)
        assert _predict(toy_model("cls"), *images, **options) == 130
    assert "is kept, and the same command goes on from there" in capsys.readouterr().out
    assert _files(tmp_path / "out") == [f"predictions/{images[0].stem}.json"]
    assert _predict(toy_model("cls"), *images, **options) == 0
    assert "1 of 3 inputs are done" in capsys.readouterr().out
    assert len(_files(tmp_path / "out")) == 3
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "advance", interrupted)
        assert _predict(toy_model("cls"), *images, **options, overwrite=True) == 130
    assert "the same command without --overwrite goes on from there" in capsys.readouterr().out


def test_a_full_disk_ends_it(
    toy_model: Models,
    images: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UserError, match=r"cannot write .*\.jpg: No space left on device"):
        _predict(toy_model("cls"), images[0], out_dir=tmp_path / "out")
    assert _files(tmp_path / "out") == []


def test_a_checkpoint_alone_is_no_input(toy_model: Models, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no input after the checkpoint .*cls\.pth"):
        _predict(toy_model("cls"), out_dir=tmp_path / "out")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat_over_a_long_video(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (128, 96))
    for image in np.random.default_rng(0).integers(255, size=(2000, 96, 128, 3), dtype=np.uint8):
        writer.write(image)
    writer.release()

    kilobytes: list[int] = []
    advance = Progress.advance

    def measured(progress: Progress, number: int = 1) -> None:
        advance(progress, number)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        kilobytes.append(pages * resource.getpagesize() // 1024)

    monkeypatch.setattr(Progress, "advance", measured)
    assert _predict(toy_model("pose"), path, out_dir=tmp_path / "out", score_thr=0) == 0
    assert len(kilobytes) == 2000
    settled = kilobytes[500:]
    growth, _ = np.polyfit(range(len(settled)), settled, 1)
    assert growth < 10  # kB a frame; a frame has 37
