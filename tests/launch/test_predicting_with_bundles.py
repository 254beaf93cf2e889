"""``tools/predict.py BUNDLE INPUT`` does what it does with the config and the checkpoint."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hrnet_mm.deploy.tasks import FeaturesTask
from hrnet_mm.deploy.writing import Form
from hrnet_mm.errors import UserError
from hrnet_mm.launch.exporting import ExportOptions, export
from hrnet_mm.launch.predicting import predict
from tests.apis.models import TASKS, ToyModel
from tests.deploy.bundles import TASKS as BUNDLE_TASKS
from tests.deploy.bundles import example_bundle, write_bundle
from tests.launch.options import predict_options

Models = Callable[[str], ToyModel]


def predict_with(bundle: Path, *inputs: Any, out_dir: Path, **others: Any) -> int:
    options: dict[str, Any] = dict(batch_size=1) | others
    return predict(predict_options(bundle, *inputs, out_dir=out_dir, **options))


def read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    assert image is not None
    return image


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a bundle of chance for a task."""

    def make(task: str) -> Path:
        folder = tmp_path / f"{task}_bundle"
        folder.mkdir()
        write_bundle(folder, task)
        return folder

    return make


@pytest.mark.parametrize("task", BUNDLE_TASKS)
def test_a_folder_becomes_drawings_and_predictions(
    task: str,
    bundle: Callable[[str], Path],
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, out = bundle(task), tmp_path / "out"
    assert predict_with(folder, images[0].parent, out_dir=out) == 0
    names = [path.stem for path in images]
    expected = [f"predictions/{n}.json" for n in names] + [f"vis/{n}.jpg" for n in names]
    expected += [f"predictions/{n}.png" for n in names] if task == "seg" else []
    assert files(out) == sorted(expected)
    capsys.readouterr()
    assert predict_with(folder, images[0].parent, out_dir=out) == 0
    assert "3 of 3 inputs are done; --overwrite does them again" in capsys.readouterr().out


def test_bad_files_are_listed(
    bundle: Callable[[str], Path],
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(images[0].read_bytes()[:99])
    assert predict_with(bundle("cls"), bad, images[0], out_dir=tmp_path / "out") == 1
    assert f"failed: {bad}: " in capsys.readouterr().out
    assert (tmp_path / f"out/predictions/{images[0].stem}.json").is_file()


def test_what_a_runtime_refuses_is_a_failure(
    images: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixed = example_bundle().input
    write_bundle(tmp_path, "cls", input=replace(fixed, name="other"))
    assert predict_with(tmp_path, images[0], out_dir=tmp_path / "out") == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"failed: {images[0]}: ") for line in lines)


@pytest.mark.parametrize(
    ("task", "inputs", "options", "message"),
    [
        ("cls", (), dict(batch_size=2), "--batch-size: .* is a bundle, whose network is as it was"),
        ("seg", (), dict(tta=True), "--tta: .* is a bundle"),
        ("seg", (), dict(slide=(64, 48), cfg_options={"a": 1}), "--slide, --cfg-options: "),
        ("pose", (), dict(memory_format="channels_last"), "--memory-format: "),
        ("cls", ("weights.pth",), {}, r"weights\.pth: .* is a bundle, which has its weights"),
        ("seg", (), dict(score_thr=0.5), "a label map has no scores"),
        ("seg", (), dict(classes=["cow"]), r"classes \['cow'\]: the model knows sky, road"),
        ("seg", (), dict(format="csv"), "the format csv is for poses"),
        ("seg", (), dict(boxes=Path("boxes.json")), "boxes are of no use: .* takes whole images"),
        ("cls", (), dict(device="tpu"), "device 'tpu'"),
    ],
)
def test_options_that_do_not_fit_are_refused(  # noqa: PLR0917
    task: str,
    inputs: tuple[str, ...],
    options: dict[str, Any],
    message: str,
    bundle: Callable[[str], Path],
    images: list[Path],
    tmp_path: Path,
) -> None:
    (tmp_path / "boxes.json").write_text("[]")
    if "boxes" in options:
        options = dict(boxes=tmp_path / options["boxes"])
    with pytest.raises(UserError, match=message) as caught:
        predict_with(bundle(task), *inputs, images[0], out_dir=tmp_path / "out", **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_feature_maps_are_refused(images: list[Path], tmp_path: Path) -> None:
    example_bundle(task=FeaturesTask()).write(tmp_path)
    with pytest.raises(UserError, match="predicts nothing: it gives the feature maps"):
        predict_with(tmp_path, images[0], out_dir=tmp_path / "out")


def test_a_folder_that_is_no_bundle_is_refused(images: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no bundle: it has no model\.json"):
        predict_with(tmp_path, images[0], out_dir=tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_files_are_those_of_the_model(
    task: str, toy_model: Models, images: list[Path], toy_scenes: Path, tmp_path: Path
) -> None:
    model = toy_model(task)
    export_to(tmp_path / "bundle", model, dynamic=task == "cls")
    video = write_video(tmp_path / "film.avi", images)
    options: dict[str, Any] = {} if task == "seg" else dict(score_thr=0.0)
    if task == "pose":
        options["boxes"] = toy_scenes / "annotations/person_keypoints_val.json"
        options["format"] = "csv"
    inputs = images if task == "pose" else [*images, video]
    found, expected = tmp_path / "found", tmp_path / "expected"
    assert predict_with(tmp_path / "bundle", *inputs, out_dir=found, **options) == 0
    host = predict_options(model.config, model.checkpoint, *inputs, out_dir=expected, **options)
    assert predict(host) == 0
    assert files(found) == files(expected)
    for name in files(found):
        assert_equal_files(found / name, expected / name)


def export_to(folder: Path, model: ToyModel, *, dynamic: bool) -> None:
    export(
        ExportOptions(
            config=str(model.config),
            checkpoint=str(model.checkpoint),
            out=folder,
            form=Form(format="onnx"),
            input_size=None,
            dynamic=dynamic,
            argmax=False,
            overwrite=False,
            cfg_options={},
        )
    )


def write_video(path: Path, images: list[Path]) -> Path:
    height, width = read(images[0]).shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (width, height))
    for image in images:
        writer.write(read(image))
    writer.release()
    return path


def assert_equal_files(found: Path, expected: Path) -> None:
    if found.suffix == ".png":
        assert found.read_bytes() == expected.read_bytes()
    elif found.suffix == ".jpg":
        difference = np.abs(read(found).astype(int) - read(expected))
        assert difference.mean() < 1  # of 255: a line may be a pixel off
    elif found.suffix in (".json", ".jsonl"):
        for line, other in zip(
            found.read_text().splitlines(), expected.read_text().splitlines(), strict=True
        ):
            numbers, others = numbers_of(json.loads(line)), numbers_of(json.loads(other))
            np.testing.assert_allclose(np.sort(numbers), np.sort(others), rtol=0, atol=0.05)
    elif found.suffix == ".csv":
        for row, other in zip(
            found.read_text().splitlines()[1:], expected.read_text().splitlines()[1:], strict=True
        ):
            cells, others = row.split(","), other.split(",")
            assert (cells[0], cells[2], cells[4]) == (others[0], others[2], others[4])
            numbers = [[float(x) for x in (c[3], *c[5:])] for c in (cells, others)]
            np.testing.assert_allclose(*numbers, rtol=0, atol=0.05)


def numbers_of(value: Any) -> list[float]:
    """Return all numbers in what a JSON file holds."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers_of(item)]
    return [float(value)] if isinstance(value, (int, float)) else []


@pytest.mark.slow
def test_a_bundle_finds_the_boxes_of_poses(
    toy_model: Models,
    bundle: Callable[[str], Path],
    images: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    det = toy_model("det")
    export_to(tmp_path / "det", det, dynamic=False)
    poses, options = bundle("pose"), dict(no_vis=True, detector_classes=["person"], score_thr=0)
    found = [tmp_path / "a", tmp_path / "b"]
    for out, detector in zip(
        found, ([tmp_path / "det"], [det.config, det.checkpoint]), strict=True
    ):
        given = [str(part) for part in detector]
        assert predict_with(poses, images[0], out_dir=out, detector=given, **options) == 0
        assert "boxes: of person, found by" in capsys.readouterr().out
    assert_equal_files(*(out / f"predictions/{images[0].stem}.json" for out in found))
    with pytest.raises(UserError, match="it is a model for pose, not det"):
        predict_with(poses, images[0], out_dir=tmp_path / "c", detector=[str(poses)])
    with pytest.raises(UserError, match="a bundle has its weights"):
        predict_with(poses, images[0], out_dir=tmp_path / "c", detector=[str(poses), "weights.pth"])
