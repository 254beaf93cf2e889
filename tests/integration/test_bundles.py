"""A small model of each task, exported and run without its toolbox, predicts as before."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.runtime import load_bundle
from hrnet_mm.deploy.writing import Form
from hrnet_mm.launch.exporting import ExportOptions, export
from hrnet_mm.results import Detections, Result
from tests.apis.models import TASKS, ToyModel


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_bundles_predict_as_the_model(
    task: str,
    toy_model: Callable[[str], ToyModel],
    toy_predictor: Callable[[str], Predictor],
    images: list[Path],
    tmp_path: Path,
) -> None:
    for kind in get_args(Format):
        _export(toy_model(task), tmp_path / kind, kind=kind, dynamic=task == "cls")
        predict = load_bundle(tmp_path / kind)
        for path in images:
            image = cv2.imread(str(path))
            assert image is not None
            (prediction,) = toy_predictor(task)(path)
            _assert_equal(predict(image), prediction.result)


def _export(model: ToyModel, folder: Path, *, kind: Format, dynamic: bool) -> None:
    options = ExportOptions(
        config=str(model.config),
        checkpoint=str(model.checkpoint),
        out=folder,
        form=Form(format=kind),
        input_size=None,
        dynamic=dynamic,
        argmax=False,
        overwrite=False,
        cfg_options={},
    )
    export(options)


def _assert_equal(found: Result, expected: Result) -> None:
    assert type(found) is type(expected)
    for name, values in vars(expected).items():
        pair = getattr(found, name), values
        if name == "boxes" and isinstance(expected, Detections):
            # Which of equal scores comes first depends on rounding.
            pair = np.sort(pair[0], axis=0), np.sort(pair[1], axis=0)
        if values is not None:
            np.testing.assert_allclose(*pair, rtol=0, atol=0.05, err_msg=name)
