"""Graphs in 8-bit integers: what is in them, and which are refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.deploy import quantizing
from hrnet_mm.deploy.export import write_graphs
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, Graph, open_graph
from hrnet_mm.deploy.openvino_core import import_openvino, openvino_core
from hrnet_mm.deploy.parts import heatmaps_part
from hrnet_mm.deploy.quantizing import check_quantizer, int8_error, quantize
from hrnet_mm.deploy.writing import Form
from hrnet_mm.errors import UserError
from tests.deploy.bundles import write_graph
from tests.deploy.tiny import tiny_network

FORMATS: Any = ("onnx", "openvino")
SIZE = (96, 64)


def images_of(number: int) -> list[np.ndarray]:
    generator = np.random.default_rng(1)
    return [generator.normal(size=(1, 3, *SIZE[::-1])).astype(np.float32) for _ in range(number)]


def one_convolution(kind: str, folder: Path) -> Path:
    path = folder / "plain.onnx"
    write_graph(path, "pose")
    if kind == "openvino":
        openvino = import_openvino()
        model = openvino.convert_model(path)
        path = path.with_suffix(".xml")
        openvino.save_model(model, path, compress_to_fp16=False)
    return path


def opened(path: Path) -> Graph:
    kinds = {suffix: RUNTIMES[kind] for kind, suffix in SUFFIXES.items()}
    return open_graph(path, runtime=kinds[path.suffix], device="cpu", threads=None)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_convolution_computes_in_integers(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, images = one_convolution(kind, tmp_path), images_of(4)
    target = tmp_path / f"quantized{source.suffix}"
    assert quantize(source, target, name="image", images=images) == ()
    assert capfd.readouterr().out == ""
    error = int8_error(opened(source), opened(target), name="image", images=images)
    assert 1e-4 < error < 0.15  # what is above the mean of the images' maxima is cut off


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_no_layer_of_a_network_is_left_in_float(kind: Any, tmp_path: Path) -> None:
    network, images = tiny_network("pose"), images_of(8)
    write_graphs(network, [heatmaps_part()], tmp_path, form=Form(format=kind), size=SIZE)
    source = tmp_path / f"model{SUFFIXES[kind]}"
    target = tmp_path / f"quantized{SUFFIXES[kind]}"
    assert quantize(source, target, name="image", images=images) == ()
    assert int8_error(opened(source), opened(target), name="image", images=images) < 0.2
    assert operations_in_float(kind, target) == set()


def operations_in_float(kind: str, path: Path) -> set[str]:
    """Return what the runtime computes in float, apart from the conversions at both ends."""
    if kind == "openvino":
        options = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino_core().compile_model(path, "CPU", options)
        found = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
        named = {i["layerType"].value for i in found if i["runtimePrecision"].value == "f32"}
        return named - {"Input", "Output", "Const", "FakeQuantize", "Reorder", "Reshape", "Convert"}
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path.with_name("optimized.onnx"))
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    nodes = onnx.load(options.optimized_model_filepath).graph.node
    return {node.op_type for node in nodes} & {"Conv", "FusedConv", "Add", "Relu"}


# Faults


def test_what_a_quantiser_does_not_take_is_refused(tmp_path: Path) -> None:
    source = one_convolution("onnx", tmp_path)
    with pytest.raises(UserError, match=r"plain\.onnx cannot be quantised: ") as caught:
        quantize(source, tmp_path / "x.onnx", name="photo", images=images_of(1))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "missing", "message"),
    [
        ("openvino", "nncf", r"needs nncf: pip install 'hrnet_mm\[openvino\]'"),
        (
            "onnx",
            "onnxruntime.quantization",
            r"needs onnxruntime\.quantization: pip install 'hrnet_mm\[onnx\]'",
        ),
    ],
)
def test_a_missing_library_is_named(
    kind: Any, missing: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_quantizer(kind)
    monkeypatch.setattr(quantizing, "find_spec", lambda name: None if name == missing else name)
    with pytest.raises(UserError, match=f"--int8 --format {kind} {message}"):
        check_quantizer(kind)


def gives(output: np.ndarray) -> Graph:
    return lambda _: {"out": output}


HALF_OFF = np.array([2.0, -4.0], np.float32)
LABELS = np.array([[0, 1, 2, 3]], np.int32)


@pytest.mark.parametrize(
    ("expected", "found", "error"),
    [
        (HALF_OFF, HALF_OFF + 1, 0.25),
        (HALF_OFF, HALF_OFF, 0.0),
        (LABELS, np.array([[0, 1, 2, 0]], np.int32), 0.25),
    ],
)
def test_errors_are_shares(expected: Any, found: Any, error: float) -> None:
    plain, quantized = gives(expected), gives(found)
    assert int8_error(plain, quantized, name="image", images=images_of(1)) == error


@pytest.mark.parametrize("change", [3.0, np.nan])
def test_nonsense_is_refused(change: float) -> None:
    plain, quantized = gives(HALF_OFF), gives(HALF_OFF + np.float32(change))
    with pytest.raises(UserError, match=r"differs from float by (7\.5e-01|nan) of the largest"):
        int8_error(plain, quantized, name="image", images=images_of(1))
