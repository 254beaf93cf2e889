"""A small model of each task, exported and run without its toolbox, predicts as before."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from hrnet_mm.apis.boxes import BoxFile
from hrnet_mm.apis.frames import Frame
from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.writing import Form
from hrnet_mm.launch.exporting import ExportOptions, export
from hrnet_mm.results import Detections, Result
from tests.apis.models import TASKS, ToyModel, write_toy_model
from tests.conftest import REPOSITORY

Models = Callable[[str], ToyModel]
Bundles = Callable[[str, Format], Path]

PREDICT = """
import json
import sys
from importlib.util import find_spec

import cv2
import numpy as np

from hrnet_mm.deploy.runtime import load_bundle

assert not any(map(find_spec, ("torch", "mmengine", "mmcv", "PIL")))
jobs, target = sys.argv[1:]
for number, (bundle, path, boxes) in enumerate(json.load(open(jobs))):
    predict = load_bundle(bundle, threads=1)
    given = {} if boxes is None else {"boxes": np.array(boxes, np.float32).reshape(-1, 4)}
    result = vars(predict(cv2.imread(path), **given))
    arrays = {name: array for name, array in result.items() if array is not None}
    np.savez(f"{target}/{number}.npz", **arrays)
"""


@pytest.fixture(scope="module")
def models(toy_model: Models, toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Gives a task's small model, made once."""
    # DARK multiplies roundings by the flatness of a peak, and peaks of chance are flat. That its
    # decoding is equal is tested with equal heatmaps (tests/deploy/test_runtime.py).
    plain = {"model.head.decoder.unbiased": False}
    folder = tmp_path_factory.mktemp("plain")
    make_pose = cache(lambda: write_toy_model("pose", toy_scenes, folder, **plain))
    return lambda task: make_pose() if task == "pose" else toy_model(task)


@pytest.fixture(scope="module")
def bundles(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    """Gives a task's bundle in a format, made once."""

    @cache
    def make(task: str, kind: Format) -> Path:
        folder = tmp_path_factory.mktemp("bundles") / f"{task}_{kind}"
        model = models(task)
        export(
            ExportOptions(
                config=str(model.config),
                checkpoint=str(model.checkpoint),
                out=folder,
                form=Form(format=kind),
                input_size=None,
                dynamic=task == "cls",
                argmax=False,
                overwrite=False,
                cfg_options={},
            )
        )
        return folder

    return make


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with numpy, OpenCV and the two runtimes alone."""
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "bin/python"
    # OpenCV 5 interpolates otherwise than 4: crops differ by up to 3 of 255.
    opencv = f"opencv-python-headless=={cv2.__version__}.*"
    packages = ("numpy", opencv, "onnxruntime", "openvino")
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", *packages],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return python


@pytest.mark.slow
@pytest.mark.parametrize("task", [*TASKS, "fcos"])
def test_bundles_predict_as_the_model_in_an_environment_without_it(  # noqa: PLR0917
    task: str,
    bundles: Bundles,
    models: Models,
    images: list[Path],
    coco_tiny: Path,
    bare_python: Path,
    tmp_path: Path,
) -> None:
    model = models(task)
    threshold = None if task == "seg" else 0.0
    host = Predictor(model.config, model.checkpoint, score_threshold=threshold)
    photos = sorted(coco_tiny.glob("*.jpg"))
    annotated = BoxFile(coco_tiny / "test_coco.json", host.loaded.cfg) if task == "pose" else None
    jobs, expected = [], []
    for path in [*images, *photos]:
        boxes = _boxes_of(path, annotated) if annotated is not None and path in photos else None
        (prediction,) = host(path, boxes=None if boxes is None else [boxes])
        for kind in get_args(Format):
            given = None if boxes is None else boxes.tolist()
            jobs.append((str(bundles(task, kind)), str(path), given))
            expected.append(prediction.result)
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    command = [str(bare_python), "-c", PREDICT, "jobs.json", "."]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for number, result in enumerate(expected):
        _assert_equal(dict(np.load(tmp_path / f"{number}.npz")), result)


def _boxes_of(path: Path, file: BoxFile) -> np.ndarray:
    (found,) = file.find([Frame(source=str(path), name=path.stem, image=np.zeros((1, 1, 3)))])
    assert isinstance(found, Boxes)
    return found.boxes


def _assert_equal(found: dict[str, np.ndarray], expected: Result) -> None:
    for name, values in vars(expected).items():
        if values is None:
            continue
        pair = found[name], values
        if name in ("boxes", "labels") and isinstance(expected, Detections):
            # Which of equal scores comes first depends on rounding.
            pair = np.sort(pair[0], axis=0), np.sort(pair[1], axis=0)
        np.testing.assert_allclose(*pair, rtol=0, atol=0.05, err_msg=name)
