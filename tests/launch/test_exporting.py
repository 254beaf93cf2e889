"""``tools/export.py`` as a user meets it: a bundle that predicts as the model, or an error."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest

from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.deploy import writing
from hrnet_mm.deploy.bundle import Bundle, sha256_of
from hrnet_mm.deploy.export import Written
from hrnet_mm.deploy.runtime import load_bundle
from hrnet_mm.deploy.tasks import FeaturesTask, SegTask
from hrnet_mm.deploy.writing import Form
from hrnet_mm.errors import CheckpointError, UserError
from hrnet_mm.launch import exporting
from hrnet_mm.launch.exporting import ExportOptions, export, summary
from tests.apis.models import ToyModel

Models = Callable[[str], ToyModel]


def _options(model: ToyModel, out: Path, **others: Any) -> ExportOptions:
    default: dict[str, Any] = dict(
        checkpoint=str(model.checkpoint),
        form=Form(format="onnx"),
        input_size=None,
        dynamic=False,
        argmax=False,
        overwrite=False,
        cfg_options={},
    )
    return ExportOptions(config=str(model.config), out=out, **(default | others))


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a graph of a few bytes instead."""

    def write(_: Any, __: Any, folder: Path, **___: Any) -> list[Written]:
        (folder / "model.onnx").write_bytes(b"a graph")
        return [Written(outputs=(), error=0.0)]

    monkeypatch.setattr(exporting, "write_graphs", write)


def test_a_bundle_predicts_as_the_model(
    toy_model: Models, images: list[Path], tmp_path: Path
) -> None:
    model, out = toy_model("seg"), tmp_path / "new" / "bundle"
    options = _options(model, out)
    bundle = export(options)
    assert sorted(path.name for path in out.iterdir()) == ["model.json", "model.onnx"]
    assert [path.name for path in out.parent.iterdir()] == ["bundle"]
    assert Bundle.read(out) == bundle
    assert isinstance(bundle.task, SegTask)
    assert bundle.config == "seg.py"
    assert bundle.weights_sha256 == sha256_of(model.checkpoint)
    assert bundle.versions.keys() >= {"torch", "mmseg", "onnxscript", "onnxruntime"}
    assert bundle.error <= 1e-5
    assert "of the largest activation (tolerance 1e-04)" in summary(bundle, options)
    predictor, runtime = Predictor(model.config, model.checkpoint), load_bundle(out)
    for path in images:
        image = cv2.imread(str(path))
        assert image is not None
        expected, found = next(predictor(path)).result, runtime(image)
        np.testing.assert_array_equal(found.labels, expected.labels)  # type: ignore


@pytest.mark.usefixtures("no_export")
def test_onnxruntime_may_come_from_a_package_of_another_name(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version

    def without_onnxruntime(name: str) -> str:
        return version(name if name != "onnxruntime" else "onnxruntime-of-another-name")

    monkeypatch.setattr(metadata, "version", without_onnxruntime)
    bundle = export(_options(toy_model("seg"), tmp_path))
    assert bundle.versions["onnxruntime"] == onnxruntime.__version__


@pytest.mark.usefixtures("no_export")
def test_a_bundle_is_replaced_if_that_is_asked_for(toy_model: Models, tmp_path: Path) -> None:
    model = toy_model("seg")
    export(_options(model, tmp_path))
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match="is a bundle already; --overwrite replaces it"):
        export(_options(model, tmp_path))
    export(_options(model, tmp_path, overwrite=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.onnx"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_another_folder_is_not_replaced(overwrite: bool, toy_model: Models, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(UserError, match="is no bundle: give a folder that is empty or new"):
        export(_options(toy_model("seg"), tmp_path, overwrite=overwrite))
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("cls", {}, "gives images no size: give --input-size W H or --dynamic"),
        (
            "seg",
            dict(checkpoint="https://a.org/b.pth"),
            "an export needs a file: download https://a.org/b.pth, and give its path",
        ),
        ("seg", dict(input_size=(-1, -1)), "--input-size -1 -1: give a width and a height, 1 or"),
        ("cls", dict(input_size=(64, 0)), "--input-size 64 0: give a width and a height, 1 or"),
        ("pose", dict(argmax=True), "--argmax is for segmentation models"),
        ("seg", dict(form=Form(format="openvino", opset=18)), "--opset 18 is for --format onnx"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(
    task: str, options: dict[str, Any], message: str, toy_model: Models, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        export(_options(toy_model(task), tmp_path / "bundle", **options))
    assert not any(tmp_path.iterdir())


def test_faults_leave_nothing(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out = toy_model("seg"), tmp_path / "bundle"
    with pytest.raises(CheckpointError, match="lacks 7 weights of the model"):
        export(_options(model, out, checkpoint=str(toy_model("det").checkpoint)))
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint .*nowhere\.pth"):
        export(_options(model, out, checkpoint="nowhere.pth"))

    def fail(_: Any, __: Any, folder: Path, **___: Any) -> list[Written]:
        (folder / "model.onnx").write_bytes(b"half a gr")
        raise UserError("differs")

    monkeypatch.setattr(exporting, "write_graphs", fail)
    with pytest.raises(UserError, match="differs"):
        export(_options(model, out))
    monkeypatch.setattr(writing, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="needs onnx and onnxscript and onnxruntime: pip install"):
        export(_options(model, out))
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("no_export")
@pytest.mark.parametrize(
    ("task", "options", "size"),
    [
        ("pose", {}, (96, 128)),
        ("pose", dict(dynamic=True), (96, 128)),  # the crops have a size all the same
        ("pose", dict(input_size=(192, 256)), (192, 256)),
        ("seg", {}, (None, None)),
        ("seg", dict(input_size=(192, 160)), (192, 160)),
        ("cls", dict(input_size=(64, 64)), (64, 64)),
        ("cls", dict(dynamic=True), (None, None)),
        ("det", {}, (None, None)),
    ],
)
def test_sizes(
    task: str, options: dict[str, Any], size: Any, toy_model: Models, tmp_path: Path
) -> None:
    bundle = export(_options(toy_model(task), tmp_path, **options))
    assert (bundle.input.width, bundle.input.height) == size


@pytest.mark.usefixtures("no_export")
def test_a_model_that_gives_feature_maps_only_is_named(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "task_of", lambda *_, **__: FeaturesTask())
    options = _options(toy_model("det"), tmp_path)
    text = summary(export(options), options)
    assert "is neither FCOS nor Faster R-CNN: the graph is the backbone with the neck" in text
