"""Writes a part of a model as a graph, in ONNX or OpenVINO's format."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor, nn

from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.openvino_core import import_openvino
from hrnet_mm.deploy.parts import ROIS, Part, Tensors
from hrnet_mm.errors import UserError

LIBRARIES = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "openvino": ("openvino",)}

_LONGEST_REASON = 400  # characters of an exporter's message


@dataclass(frozen=True, kw_only=True)
class Form:
    """How graphs are written.

    Attributes:
        format: One of `LIBRARIES`.
        half: Whether numbers have half precision.
        opset: Version of ONNX's operators; None for what torch's exporter prefers.
    """

    format: Format
    half: bool = False
    opset: int | None = None

    def cast(self, inputs: Tensors, part: Part) -> Tensors:
        """Give inputs the type that the graph takes."""
        if not self.half:
            return inputs
        named = zip(part.inputs, inputs, strict=True)
        # Coordinates in half precision would be off by pixels.
        return tuple(x if name == ROIS else x.half() for name, x in named)


def check_libraries(form: Form) -> None:
    """Refuse what cannot be done here.

    Raises:
        UserError: A library is missing, or an option is not of the format.
    """
    missing = [name for name in LIBRARIES[form.format] if find_spec(name) is None]
    if missing:
        raise UserError(
            f"--format {form.format} needs {' and '.join(missing)}: pip install {' '.join(missing)}"
        )
    if form.opset is not None and form.format != "onnx":
        raise UserError(f"--opset {form.opset} is for --format onnx")


def write_graph(
    network: nn.Module, part: Part, samples: Sequence[Tensors], path: Path, *, form: Form
) -> None:
    """Write a graph.

    Args:
        network: The model, in the precision of the form.
        part: What of it becomes the graph.
        samples: Inputs; the first are traced, and dimensions in which others differ are left free.
        path: The file; OpenVINO's weights come into another beside it.
        form: How it is written.

    Raises:
        UserError: The model cannot be traced, or has an operation that the format or its version
            lacks.
    """
    free = [free_dimensions(tensors) for tensors in zip(*samples, strict=True)]
    inputs = form.cast(samples[0], part)
    step = "traced by torch.export"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporters, about themselves
            program = torch.export.export(
                _Module(network, part),
                inputs,
                dynamic_shapes=(tuple(dict.fromkeys(d, torch.export.Dim.DYNAMIC) for d in free),),
                # Else pooling binds heights and widths to the remainder that was traced.
                prefer_deferred_runtime_asserts_over_guards=True,
            )
            step = f"written as {form.format}"
            if form.format == "onnx":
                _write_onnx(program, part, path, opset=form.opset)
            else:
                _write_openvino(program, part, path, inputs=inputs, free=free)
    except UserError:
        raise
    except Exception as error:  # whatever a model and an exporter raise
        raise UserError(f"{path.name} cannot be {step}: {_reason(error)}") from error


class _Module(nn.Module):
    def __init__(self, network: nn.Module, part: Part) -> None:
        super().__init__()
        self.network = network
        self.part = part
        self.eval()

    def forward(self, *inputs: Tensor) -> Tensors:
        return self.part.compute(self.network, *inputs)


def free_dimensions(tensors: Sequence[Tensor]) -> set[int]:
    """Return the dimensions in which tensors differ."""
    return {d for d in range(tensors[0].ndim) if len({x.shape[d] for x in tensors}) > 1}


def _write_onnx(program: Any, part: Part, path: Path, *, opset: int | None) -> None:
    for name in ("torch.onnx", "onnxscript"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they warn of is checked
    written = torch.onnx.export(
        program,
        dynamo=True,
        input_names=list(part.inputs),
        output_names=list(part.outputs),
        opset_version=opset,
        verbose=False,
    )
    assert written is not None
    found = written.model.opset_imports[""]
    if opset not in (None, found):
        raise UserError(f"--opset {opset}: the exporter could not do better than {found}")
    written.save(path)


def _write_openvino(
    program: Any, part: Part, path: Path, *, inputs: Tensors, free: Sequence[set[int]]
) -> None:
    openvino = import_openvino()
    shapes = [
        openvino.PartialShape([-1 if d in dimensions else size for d, size in enumerate(x.shape)])
        for x, dimensions in zip(inputs, free, strict=True)
    ]
    model = openvino.convert_model(program, input=shapes)
    ports = [*model.inputs, *model.outputs]
    for port, name in zip(ports, [*part.inputs, *part.outputs], strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(model, path, compress_to_fp16=False)


def _reason(error: BaseException) -> str:
    """Return the beginning of the error that caused all others, as one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return shorten(f"{type(error).__name__}: {error}", _LONGEST_REASON, placeholder=" ...")
