"""Exported graphs are run by the runtime and on the device that were asked for, or not at all."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.deploy import graphs
from hrnet_mm.deploy.graphs import open_graph
from hrnet_mm.errors import UserError
from tests.deploy.bundles import write_graph

IMAGE = np.random.default_rng(0).normal(size=(2, 3, 16, 24)).astype(np.float32)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph in ONNX."""
    write_graph(tmp_path / "model.onnx", "seg")
    return tmp_path / "model.onnx"


def test_both_runtimes_give_the_same(graph: Path) -> None:
    pytest.importorskip("openvino")
    first, second = (
        open_graph(graph, runtime=runtime, device="cpu", threads=1)({"image": IMAGE})["out"]
        for runtime in ("onnxruntime", "openvino")
    )
    assert first.shape == (2, 2, 4, 6)
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_a_gpu_that_is_not_there_is_refused(graph: Path) -> None:
    with pytest.raises(UserError, match=r"'cuda' cannot be used: this onnxruntime has no CUDA"):
        open_graph(graph, runtime="onnxruntime", device="cuda", threads=None)
    with pytest.raises(UserError, match=r"'gpu' cannot be used: OpenVINO has .*CPU"):
        open_graph(graph, runtime="openvino", device="gpu", threads=None)


def test_a_provider_that_falls_back_is_refused(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    cpu = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: cpu)
    with pytest.raises(UserError, match=r"would fall back from CUDAExec.* to CPUExecutionProvider"):
        open_graph(graph, runtime="onnxruntime", device="cuda:0", threads=None)


@pytest.mark.parametrize("device", ["tpu", "cuda:first"])
def test_an_unknown_device_is_refused(graph: Path, device: str) -> None:
    with pytest.raises(UserError, match=f"device '{device}': choose from cpu, cuda"):
        open_graph(graph, runtime="onnxruntime", device=device, threads=None)


def test_a_runtime_that_does_not_fit_is_refused(graph: Path) -> None:
    with pytest.raises(UserError, match="runtime 'tensorrt': choose from onnxruntime, openvino"):
        open_graph(graph, runtime="tensorrt", device="cpu", threads=None)
    with pytest.raises(UserError, match=r"onnxruntime does not read model\.xml; use openvino"):
        open_graph(graph.with_suffix(".xml"), runtime="onnxruntime", device="cpu", threads=None)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_a_damaged_graph_is_refused(graph: Path, runtime: str) -> None:
    graph.write_bytes(graph.read_bytes()[:100])
    with pytest.raises(UserError, match=rf"{runtime} does not take .*model\.onnx: "):
        open_graph(graph, runtime=runtime, device="cpu", threads=None)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_a_missing_runtime_is_named(
    graph: Path, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == runtime:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    # As in a process that has no core yet.
    monkeypatch.setattr(graphs, "openvino_core", graphs.openvino_core.__wrapped__)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=f"{runtime} is missing, .*: pip install {runtime}"):
        open_graph(graph, runtime=runtime, device="cpu", threads=None)
