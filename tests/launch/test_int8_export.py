"""``tools/export.py --int8`` as a user meets it: a small bundle and a comparison, or an error."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.deploy import quantizing
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.runtime import load_bundle
from hrnet_mm.deploy.writing import Form
from hrnet_mm.errors import UserError
from hrnet_mm.launch import int8_export
from hrnet_mm.launch.bundle_comparison import Comparison
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.exporting import ExportOptions
from hrnet_mm.launch.int8_export import export_int8, int8_summary
from hrnet_mm.launch.tested_network import NetworkChoice
from hrnet_mm.launch.testing import test as run_test
from tests.apis.models import ToyModel
from tests.conftest import REPOSITORY
from tests.deploy.bundles import example_bundle

Models = Callable[[str], ToyModel]

OPENVINO = Form(format="openvino")


def options_for(model: ToyModel, out: Path, **others: Any) -> ExportOptions:
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "others", "metric"),
    [
        ("pose", {}, "coco/AP"),
        ("pose", dict(form=OPENVINO), "coco/AP"),
        ("seg", dict(form=OPENVINO), "mIoU"),
        ("seg", dict(argmax=True), "mIoU"),
        ("cls", dict(form=OPENVINO, dynamic=True), "accuracy/top1"),
        ("det", {}, "coco/bbox_mAP"),
    ],
)
def test_int8_stands_beside_float(
    task: str, others: dict[str, Any], metric: str, toy_model: Models, tmp_path: Path
) -> None:
    out = tmp_path / "bundle"
    options = options_for(toy_model(task), out, **others)
    bundle, comparison = export_int8(options, images=6)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert Bundle.read(out) == bundle
    assert bundle.precision == "int8"
    assert bundle.quantization is not None
    assert bundle.quantization.images == 6
    assert bundle.quantization.float_layers == (("all of roi_head.onnx",) * (task == "det"))
    assert 0 <= bundle.error <= bundle.tolerance
    assert comparison.not_measured is None
    assert metric in comparison.metrics["float32"]
    if task != "det":  # whose head for RoIs stays as it is
        assert comparison.megabytes["int8"] < 0.5 * comparison.megabytes["float32"]
    text = int8_summary(bundle, comparison, options)
    assert "calibrated with 6 training images" in text
    assert "| float32 | int8 |" in text
    load_bundle(out)(np.full((64, 96, 3), 128, np.uint8))


@pytest.mark.slow
def test_a_test_of_it_says_so(
    toy_model: Models, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, bundle, metrics = toy_model("seg"), tmp_path / "bundle", tmp_path / "metrics.json"
    export_int8(options_for(model, bundle), images=2)
    run_test(
        RunOptions(config=str(model.config), work_dir=str(tmp_path / "work")),
        checkpoint=str(bundle),
        out=str(metrics),
        show_dir=None,
        dump=None,
        tta=False,
        choice=NetworkChoice(),
    )
    assert '"precision": "int8"' in metrics.read_text()
    assert "onnxruntime, int8, on cpu: network" in capsys.readouterr().out


@pytest.mark.slow
def test_without_a_test_set_there_is_no_metric(toy_model: Models, tmp_path: Path) -> None:
    nowhere = dict(cfg_options={"test_dataloader.dataset.ann_file": "nowhere.json"})
    options = options_for(toy_model("pose"), tmp_path / "bundle", **nowhere)
    bundle, comparison = export_int8(options, images=2)
    text = int8_summary(bundle, comparison, options)
    assert "| metric | not measured | not measured |" in text
    assert "not measured: no val data at " in text
    assert "nowhere.json\n" in text


@pytest.mark.parametrize(
    ("images", "form", "message"),
    [
        (4, Form(format="onnx", half=True), "--int8 --half: choose one of them"),
        (0, Form(format="onnx"), "--calib 0: give a number of images, 1 or more"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    images: int, form: Form, message: str, toy_model: Models, tmp_path: Path
) -> None:
    options = options_for(toy_model("pose"), tmp_path / "bundle", form=form)
    with pytest.raises(UserError, match=message):
        export_int8(options, images=images)
    assert not any(tmp_path.iterdir())


def test_a_missing_library_leaves_nothing(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantizing, "find_spec", lambda name: None if name == "nncf" else name)
    options = options_for(toy_model("pose"), tmp_path / "bundle", form=OPENVINO)
    with pytest.raises(UserError, match=r"needs nncf: pip install 'hrnet_mm\[openvino\]'"):
        export_int8(options, images=4)
    assert not any(tmp_path.iterdir())


def test_missing_training_images_leave_nothing(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_export, "export", None)  # is not reached
    nowhere = dict(cfg_options={"train_dataloader.dataset.ann_file": "nowhere.json"})
    options = options_for(toy_model("pose"), tmp_path / "bundle", **nowhere)
    with pytest.raises(UserError, match=r"there is no .*nowhere\.json, which train_dataloader"):
        export_int8(options, images=4)
    assert not any(tmp_path.iterdir())


def test_a_comparison_that_fails_leaves_nothing(
    toy_model: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_export, "export", lambda _: example_bundle("pose"))
    monkeypatch.setattr(int8_export, "_quantized", lambda *_: example_bundle("pose"))

    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(int8_export, "compare", fail)
    with pytest.raises(MemoryError):
        export_int8(options_for(toy_model("pose"), tmp_path / "bundle"), images=2)
    assert not any(tmp_path.iterdir())


def test_a_metric_that_one_bundle_does_not_get_is_none() -> None:
    numbers = {"float32": 1.0, "int8": 0.5}
    metrics: dict[str, dict[str, float]] = {"float32": {"bbox_mAP": 0.25}, "int8": {}}
    comparison = Comparison(
        metrics=metrics, not_measured=None, megabytes=numbers, milliseconds=numbers
    )
    assert "| bbox_mAP | 0.25 | none |" in comparison.table()


def test_calib_needs_int8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "bundle"
    arguments = ["config.py", "weights.pth", "--out", str(out), "--calib", "3"]
    monkeypatch.setattr("sys.argv", ["export.py", *arguments])
    with pytest.raises(SystemExit, match="error: --calib 3 is for --int8"):
        runpy.run_path(str(REPOSITORY / "tools/export.py"), run_name="__main__")
    assert not out.exists()
