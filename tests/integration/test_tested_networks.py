"""A bundle, put into the toolbox's model, has the metrics of the checkpoint that it was made of."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.writing import Form
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.exporting import ExportOptions, export
from hrnet_mm.launch.tested_network import NetworkChoice
from hrnet_mm.launch.testing import test as run_test
from tests.apis.models import ToyModel

Models = Callable[[str], ToyModel]

RESULTS = {
    "pose": ("pred_instances", "keypoints"),
    "seg": ("pred_sem_seg", "data"),
    "cls": ("pred_score", None),
    "det": ("pred_instances", "bboxes"),
    "fcos": ("pred_instances", "bboxes"),
}
WINDOWS = dict(mode="slide", crop_size=(64, 64), stride=(48, 48))


@pytest.mark.slow
@pytest.mark.parametrize("kind", get_args(Format))
@pytest.mark.parametrize("task", RESULTS)
def test_a_bundle_has_the_metrics_of_its_checkpoint(
    task: str, kind: Format, toy_model: Models, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, bundle = toy_model(task), tmp_path / "bundle"
    _export(model, bundle, kind=kind, dynamic=task == "cls")
    metrics, predictions = _test(model, model.checkpoint, tmp_path)
    found_metrics, found = _test(model, bundle, tmp_path)
    _assert_close(found_metrics, metrics)
    assert len(found) == len(predictions) > 2
    for one, other in zip(found, predictions, strict=True):
        _assert_near(_result(one, task), _result(other, task), task)
    assert "network" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "runtime", "options"),
    [
        ("pose", "eager", {}),
        ("det", "eager", {}),
        ("fcos", "eager", {}),
        ("cls", "compile", {}),
        ("cls", "onnxruntime", {}),
        ("pose", "onnxruntime", {}),
        ("seg", "openvino", {"model.test_cfg": WINDOWS}),
    ],
)
def test_a_checkpoint_is_tested_on_a_runtime(
    task: str, runtime: str, options: dict[str, Any], toy_model: Models, tmp_path: Path
) -> None:
    model = toy_model(task)
    expected, _ = _test(model, model.checkpoint, tmp_path, options=options)
    found, _ = _test(model, model.checkpoint, tmp_path, runtime=runtime, options=options)
    _assert_close(found, expected)


def _export(model: ToyModel, folder: Path, *, kind: Format, **options: Any) -> None:
    default: dict[str, Any] = dict(
        input_size=None, dynamic=False, argmax=False, overwrite=False, cfg_options={}
    )
    export(
        ExportOptions(
            config=str(model.config),
            checkpoint=str(model.checkpoint),
            out=folder,
            form=Form(format=kind),
            **(default | options),
        )
    )


def _test(
    model: ToyModel,
    weights: Path,
    folder: Path,
    *,
    runtime: str | None = None,
    options: dict[str, Any] | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    dump = folder / "predictions.pkl"
    metrics = run_test(
        RunOptions(
            config=str(model.config), work_dir=str(folder / "work"), cfg_options=options or {}
        ),
        checkpoint=str(weights),
        out=None,
        show_dir=None,
        dump=str(dump),
        tta=False,
        choice=NetworkChoice(runtime=runtime),
    )
    return metrics, pickle.loads(dump.read_bytes())


def _assert_close(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare figures, within 0.1 points of 100; some are shares of 1."""
    assert found.keys() == expected.keys()
    for name, figure in expected.items():
        scale = 1 if np.max(figure) > 1 else 100
        np.testing.assert_allclose(found[name], figure, rtol=0, atol=0.1 / scale, err_msg=name)


def _result(sample: dict[str, Any], task: str) -> np.ndarray:
    outer, inner = RESULTS[task]
    return np.asarray(sample[outer] if inner is None else sample[outer][inner])


def _assert_near(found: np.ndarray, expected: np.ndarray, task: str) -> None:
    assert found.shape == expected.shape
    if task in ("det", "fcos"):  # which of equal scores comes first depends on rounding
        found, expected = np.sort(found, axis=0), np.sort(expected, axis=0)
    if task == "seg":
        assert (found == expected).mean() > 0.999
    else:
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.05)
