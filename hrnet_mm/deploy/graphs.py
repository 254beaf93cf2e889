"""Runs exported graphs with ONNX Runtime or OpenVINO."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.deploy.openvino_core import openvino_core
from hrnet_mm.errors import UserError

RUNTIMES = {"onnx": "onnxruntime", "openvino": "openvino"}  # by format
SUFFIXES = {"onnx": ".onnx", "openvino": ".xml"}

Arrays = dict[str, np.ndarray]

Graph = Callable[[Mapping[str, np.ndarray]], Arrays]
"""A graph that is ready to run: maps inputs to outputs, by name."""


def open_graph(
    path: Path, *, runtime: str, device: str, threads: int | None, bfloat16: bool = False
) -> Graph:
    """Load a graph.

    Args:
        path: The file.
        runtime: "onnxruntime" or "openvino".
        device: "cpu", "cuda" or "cuda:1" for ONNX Runtime; as OpenVINO names it, in small letters.
        threads: On the CPU; None for what the runtime chooses.
        bfloat16: Whether OpenVINO computes in bfloat16; ONNX Runtime cannot.

    Raises:
        UserError: The runtime is missing, has no such device, or does not take the file.
    """
    kinds: dict[str, Any] = {
        "onnxruntime": _OnnxRuntime,
        "openvino": partial(_OpenVINO, bfloat16=bfloat16),
    }
    if runtime not in kinds:
        raise UserError(f"runtime {runtime!r}: choose from {', '.join(kinds)}")
    if runtime == "onnxruntime" and path.suffix != SUFFIXES["onnx"]:
        raise UserError(f"onnxruntime does not read {path.name}; use openvino")
    try:
        return kinds[runtime](path, device=device, threads=threads)
    except ImportError as error:
        raise UserError(
            f"{runtime} is missing, with which {path} is run: pip install {runtime} ({error})"
        ) from error


def half_overflows(name: str) -> UserError:
    """Return the error of a graph, or a part of a model, whose float16 outputs are not finite."""
    return UserError(f"{name} overflows in half precision: use single precision")


def cuda_is_built_in(runtime: str) -> bool:
    """Tell whether a runtime can use CUDA, if it finds the libraries."""
    if runtime != "onnxruntime":
        return False
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


class _OnnxRuntime:
    def __init__(self, path: Path, *, device: str, threads: int | None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # what a warning would tell is checked below
        # Else idle threads look for work after a run, for so long that they slow down what is next.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        if threads is not None:
            options.intra_op_num_threads = threads
        providers = _providers(device, onnxruntime.get_available_providers())
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=providers)
        except Exception as error:  # of many types, which derive from nothing else
            raise _unreadable(path, "onnxruntime", error) from error
        used = self._session.get_providers()[0]
        if used != providers[0][0]:
            raise UserError(
                f"device {device!r} cannot be used: onnxruntime would fall back from "
                f"{providers[0][0]} to {used}; see that the libraries of the GPU are installed, or "
                "choose 'cpu'"
            )

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, dict(inputs)), strict=True))  # type: ignore


def _providers(device: str, available: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    kind, _, number = device.partition(":")
    names = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
    if kind not in names or (number and not number.isdecimal()):
        raise UserError(f"device {device!r}: choose from cpu, cuda, cuda:1 ...")
    if names[kind] not in available:
        raise UserError(
            f"device {device!r} cannot be used: this onnxruntime has no {names[kind]}, only "
            f"{', '.join(available)}; install onnxruntime-gpu, or choose 'cpu'"
        )
    return [(names[kind], {"device_id": int(number)} if number else {})]


class _OpenVINO:
    def __init__(self, path: Path, *, device: str, threads: int | None, bfloat16: bool) -> None:
        core = openvino_core()
        name, known = device.upper().replace(":", "."), core.available_devices
        if not any(name.partition(".")[0] == other.partition(".")[0] for other in known):
            raise UserError(f"device {device!r} cannot be used: OpenVINO has {', '.join(known)}")
        # Without a hint, some processors compute in bfloat16.
        options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32"}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            model = core.read_model(path)
            # Compiled, an output has names of the layers that were merged into it, too.
            self._names = [output.get_any_name() for output in model.outputs]
            self._model = core.compile_model(model, name, options)
        except Exception as error:  # of whatever a plugin raises
            raise _unreadable(path, "openvino", error) from error

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        found = self._model(dict(inputs))
        return {name: found[i] for i, name in enumerate(self._names)}


def _unreadable(path: Path, runtime: str, error: Exception) -> UserError:
    reason = " ".join(str(error).split())
    return UserError(f"{runtime} does not take {path}: {reason}")
