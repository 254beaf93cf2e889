"""Graphs give what the model gives, at sizes that were not traced; else they are refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hrnet_mm.deploy import export, writing
from hrnet_mm.deploy.detectors import detector_parts, head_of
from hrnet_mm.deploy.export import Written, write_graphs
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, open_graph
from hrnet_mm.deploy.parts import Part, heatmaps_part, labels_part, logits_part
from hrnet_mm.deploy.writing import Form, check_libraries, write_graph
from hrnet_mm.errors import UserError
from tests.deploy.tiny import tiny_network

ONNX, OPENVINO = Form(format="onnx"), Form(format="openvino")
SIZE = (96, 64)
TOLERANCE = 1e-5  # of the largest activation
HALF_TOLERANCE = 5e-3


def parts_of(kind: str, network: Any) -> list[Part]:
    simple = {"pose": heatmaps_part, "seg": logits_part, "labels": labels_part, "cls": logits_part}
    if kind in simple:
        return [simple[kind]()]
    parts = detector_parts(network, head_of(network))
    return parts[1:] if kind == "roi_head" else parts


def written(kind: str, folder: Path, *, form: Form, size: Any) -> tuple[Any, list[Written]]:
    network = tiny_network({"labels": "seg", "roi_head": "det"}.get(kind, kind))
    return network, write_graphs(network, parts_of(kind, network), folder, form=form, size=size)


def assert_gives_the_same(
    network: Any, part: Part, images: Tensor, folder: Path, form: Form
) -> None:
    path = folder / f"{part.name}{SUFFIXES[form.format]}"
    graph = open_graph(path, runtime=RUNTIMES[form.format], device="cpu", threads=None)
    with torch.no_grad():
        inputs = part.inputs_of(network, images)
        expected = part.compute(network, *inputs)
    named = zip(part.inputs, form.cast(inputs, part), strict=True)
    found = graph({name: x.numpy() for name, x in named})
    assert list(found) == list(part.outputs)
    for x, y in zip(found.values(), expected, strict=True):
        assert x.shape == y.shape
        if part.scores is not None:
            assert (x == y.numpy()).mean() > 0.999
        else:
            tolerance = HALF_TOLERANCE if form.half else TOLERANCE
            assert np.abs(x - y.numpy()).max() <= tolerance * y.abs().max()


slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "form", "size"),
    [
        ("pose", ONNX, SIZE),
        ("labels", ONNX, SIZE),
        ("cls", OPENVINO, SIZE),
        ("roi_head", OPENVINO, None),
        pytest.param("pose", OPENVINO, None, marks=slow),
        pytest.param("seg", ONNX, SIZE, marks=slow),
        pytest.param("seg", OPENVINO, None, marks=slow),
        pytest.param("labels", ONNX, None, marks=slow),
        pytest.param("labels", OPENVINO, None, marks=slow),
        pytest.param("cls", ONNX, None, marks=slow),
        pytest.param("det", ONNX, None, marks=slow),
        pytest.param("det", OPENVINO, None, marks=slow),
        pytest.param("det", OPENVINO, SIZE, marks=slow),
        pytest.param("fcos", ONNX, None, marks=slow),
        pytest.param("fcos", OPENVINO, (256, 192), marks=slow),
        pytest.param("cascade", ONNX, None, marks=slow),
        pytest.param("pose", Form(format="onnx", half=True), None, marks=slow),
        pytest.param("pose", Form(format="openvino", half=True), SIZE, marks=slow),
        pytest.param("det", Form(format="onnx", half=True), None, marks=slow),
        pytest.param("fcos", Form(format="openvino", half=True), None, marks=slow),
        pytest.param("seg", Form(format="onnx", opset=18), None, marks=slow),
    ],
    ids=lambda value: f"{value.format}{' half' * value.half}" if isinstance(value, Form) else None,
)
def test_graphs_give_the_same(kind: str, form: Form, size: Any, tmp_path: Path) -> None:
    network, graphs = written(kind, tmp_path, form=form, size=size)
    assert max(graph.error for graph in graphs) <= (HALF_TOLERANCE if form.half else TOLERANCE)
    if kind == "pose":
        assert graphs[0].outputs[0].stride == 4
        assert graphs[0].outputs[0].shape == (None, 17, *((size and (16, 24)) or (None, None)))
    sizes = [size[::-1]] if size else [(96, 160), (160, 96), (192, 224)]
    if size is None and kind != "fcos":  # whose images are padded to multiples of 32
        sizes += [(65, 97), (100, 75)]
    for number, (height, width) in enumerate(sizes, start=1):
        images = torch.randn(number % 4 or 4, 3, height, width)
        for part in parts_of(kind, network):
            assert_gives_the_same(network, part, images, folder=tmp_path, form=form)


# Faults


class Exporter:
    """Stands in for the exporter: a graph is the model itself, whose outputs are changed."""

    def __init__(self, patch: pytest.MonkeyPatch, network: nn.Module, part: Part, change: Any):
        patch.setattr(export, "write_graph", lambda *_, **__: None)
        patch.setattr(export, "open_graph", lambda *_, **__: self)
        self.network, self.part, self.change = network, part, change
        self.calls = 0

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.calls += 1
        with torch.no_grad():
            outputs = self.part.compute(self.network, *map(torch.from_numpy, inputs.values()))
        named = zip(self.part.outputs, outputs, strict=True)
        return {name: self.change(x, self.calls).numpy() for name, x in named}


def off_by(share: float) -> Any:
    return lambda x, _: x + share * x.abs().max()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (off_by(2e-4), r"by 2\.0e-04 of the largest activation, more than 1e-04"),
        (lambda x, call: x + (call == 3), r"by .* of the largest"),  # at one size alone
        (lambda x, _: x * float("nan"), "by nan of the largest"),
    ],
    ids=["everywhere", "at one size", "NaN"],
)
def test_a_graph_that_differs_is_refused(
    change: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, part = tiny_network("pose"), heatmaps_part()
    Exporter(monkeypatch, network, part, change)
    with pytest.raises(UserError, match=rf"model\.onnx differs from the model {message}"):
        write_graphs(network, [part], tmp_path, form=ONNX, size=SIZE)


def test_labels_may_differ_where_scores_are_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, part = tiny_network("seg"), labels_part()
    last = network.decode_head.conv_seg
    for values in last.weight.data, last.bias.data:  # the classes are equal in pairs
        values[1::2] = values[::2]
    Exporter(monkeypatch, network, part, lambda x, _: x ^ 1)
    (graph,) = write_graphs(network, [part], tmp_path, form=ONNX, size=SIZE)
    assert graph.error <= 1e-6
    Exporter(monkeypatch, network, part, lambda x, _: x ^ 2)
    with pytest.raises(UserError, match="differs from the model"):
        write_graphs(network, [part], tmp_path, form=ONNX, size=SIZE)


@torch.library.custom_op("hrnet_mm_tests::sort_of", mutates_args=())
def sort_of(x: Tensor) -> Tensor:
    return x.clone()


@sort_of.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x)


def depends_on_values(_: nn.Module, x: Tensor) -> tuple[Tensor]:
    return (x if x.sum() > 0 else -x,)


@pytest.mark.parametrize(
    ("compute", "form", "message"),
    [
        (lambda _, x: (sort_of(x),), ONNX, "written as onnx: .*sort_of"),
        (lambda _, x: (sort_of(x),), OPENVINO, "written as openvino: .*sort_of"),
        (depends_on_values, ONNX, r"traced by torch\.export: "),
    ],
    ids=["ONNX", "OpenVINO", "not traceable"],
)
def test_what_a_format_lacks_is_named(
    compute: Any, form: Form, message: str, tmp_path: Path
) -> None:
    part = Part(compute=compute, outputs={"y": "sorted"})
    samples: Sequence[Any] = [(torch.randn(2, 3),), (torch.randn(3, 3),)]
    path = tmp_path / f"model{SUFFIXES[form.format]}"
    with pytest.raises(UserError, match=rf"{path.name} cannot be {message}") as caught:
        write_graph(nn.Identity(), part, samples, path, form=form)
    assert "\n" not in str(caught.value)


def test_an_opset_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    part = Part(compute=lambda _, x: (x + 1,), outputs={"y": "one more"})
    samples: Sequence[Any] = [(torch.randn(2, 3),), (torch.randn(3, 3),)]
    path, form = tmp_path / "model.onnx", Form(format="onnx", opset=99)
    with pytest.raises(UserError, match="--opset 99: the exporter could not do better than"):
        write_graph(nn.Identity(), part, samples, path, form=form)
    assert not path.exists()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "find_spec", lambda name: None if name == "onnxscript" else name)
    with pytest.raises(UserError, match="--format onnx needs onnxscript: pip install onnxscript"):
        check_libraries(ONNX)
    check_libraries(OPENVINO)


def test_an_opset_of_openvino_is_refused() -> None:
    with pytest.raises(UserError, match="--opset 18 is for --format onnx"):
        check_libraries(Form(format="openvino", opset=18))


@slow
@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_an_overflow_of_half_precision_is_refused(kind: Any, tmp_path: Path) -> None:
    network, form = tiny_network("pose"), Form(format=kind, half=True)
    weights = network.head.final_layer.weight.data
    weights *= 1e6 / weights.abs().max()  # half precision ends at 65504
    with pytest.raises(UserError, match=r"differs from the model by .*; leave out --half"):
        write_graphs(network, [heatmaps_part()], tmp_path, form=form, size=SIZE)
