"""Makes graphs that compute in 8-bit integers: after the training, with a few hundred images.

Weights have a scale for each channel, activations one for each tensor. Convolutions, additions and
upsampling all take integers, so that nothing is converted back and forth inside of the network.
"""

import logging
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import Any
from unittest.mock import patch

import numpy as np

from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.graphs import SUFFIXES, Graph
from hrnet_mm.deploy.openvino_core import import_openvino, openvino_core
from hrnet_mm.errors import UserError

QUANTIZERS = {"onnx": "onnxruntime.quantization", "openvino": "nncf"}  # modules, by format

TOLERANCE = 0.5  # of the largest activation; beyond it a graph computes something else
_CHECKED_IMAGES = 8


def check_quantizer(kind: Format) -> None:
    """Refuse a format whose graphs cannot be quantised here.

    Raises:
        UserError: The library is missing.
    """
    parent = QUANTIZERS[kind].partition(".")[0]  # looked up first, as it would be imported
    if find_spec(parent) is None or find_spec(QUANTIZERS[kind]) is None:
        raise UserError(
            f"--int8 --format {kind} needs {QUANTIZERS[kind]}: pip install 'hrnet_mm[{kind}]'"
        )


def quantize(
    source: Path, target: Path, *, name: str, images: Sequence[np.ndarray]
) -> tuple[str, ...]:
    """Write the int8 form of a graph.

    Args:
        source: The graph, in ONNX or OpenVINO's format.
        target: The file to write, in the same format; OpenVINO's weights come beside it.
        name: Of the graph's only input.
        images: What it takes, (1, 3, H, W) each; they show the range of activations.

    Returns:
        The layers with weights that are left in float.

    Raises:
        UserError: The quantiser does not take the graph.
    """
    write = _write_onnx if source.suffix == SUFFIXES["onnx"] else _write_openvino
    try:
        with _quiet():
            return write(source, target, name, images)
    except Exception as error:  # whatever a quantiser raises
        reason = shorten(f"{type(error).__name__}: {error}", 400, placeholder=" ...")
        raise UserError(f"{source.name} cannot be quantised: {reason}") from error


def int8_error(plain: Graph, quantized: Graph, *, name: str, images: Sequence[np.ndarray]) -> float:
    """Return the largest difference between two graphs, as a share of the largest activation.

    Of labels, which have no such thing, it is the share of the pixels that differ.

    Raises:
        UserError: It is larger than `TOLERANCE`.
    """
    errors: list[float] = []
    for number in range(min(_CHECKED_IMAGES, len(images))):
        inputs = {name: images[number]}
        pairs = zip(plain(inputs).values(), quantized(inputs).values(), strict=True)
        errors += [_difference(expected, found) for expected, found in pairs]
    error = float(np.max(errors))  # NaN if one is
    if not error <= TOLERANCE:
        raise UserError(
            f"in 8-bit integers the graph differs from float by {error:.1e} of the largest "
            f"activation, more than {TOLERANCE:.0e}; give more images by --calib, or leave out "
            "--int8"
        )
    return error


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    if expected.dtype.kind == "i":
        return float((expected != found).mean())
    tiny = float(np.finfo(np.float32).tiny)
    return float(np.abs(expected - found).max() / max(tiny, np.abs(expected).max()))


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave progress alone, on stderr, of all that the quantisers say."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


# OpenVINO


def _write_openvino(
    source: Path, target: Path, name: str, images: Sequence[np.ndarray]
) -> tuple[str, ...]:
    openvino = import_openvino()
    import nncf

    # A core of NNCF's own would leave the process with a broken stack for signals.
    with patch.object(openvino, "Core", openvino_core):
        model = nncf.quantize(
            openvino_core().read_model(source),
            nncf.Dataset(images, lambda image: {name: image}),
            preset=nncf.QuantizationPreset.MIXED,  # zero points where activations have both signs
            target_device=nncf.TargetDevice.CPU,
            subset_size=len(images),
        )
    openvino.save_model(model, target, compress_to_fp16=False)
    layers = ("Convolution", "GroupConvolution", "MatMul")
    return tuple(
        node.get_friendly_name()
        for node in model.get_ops()
        if node.get_type_name() in layers and not _has_integer_weights(node)
    )


def _has_integer_weights(node: Any) -> bool:
    weights = node.input_value(1).get_node()
    while weights.get_type_name() in ("Multiply", "Subtract", "Convert", "Reshape"):
        weights = weights.input_value(0).get_node()
    return weights.get_type_name() == "Constant" and weights.get_element_type().is_integral()


# ONNX


def _write_onnx(
    source: Path, target: Path, name: str, images: Sequence[np.ndarray]
) -> tuple[str, ...]:
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._inputs = ({name: image} for image in images)

        def get_next(self) -> dict[str, np.ndarray] | None:  # type: ignore
            return next(self._inputs, None)

    with TemporaryDirectory(prefix="hrnet_mm-") as temporary:
        prepared = Path(temporary, source.name)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            target,
            Reader(),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            reduce_range=True,  # of weights, to 7 bits: else sums overflow on CPUs without VNNI
            extra_options={"CalibMovingAverage": True},  # of the ranges of images, as NNCF
        )
    model = onnx.load(target)
    maker = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        # A shape is that of the integers, too: else a whole feature map becomes float for it.
        if node.op_type == "Shape" and _is_dequantized(maker, node.input[0]):
            node.input[0] = maker[node.input[0]].input[0]
    onnx.save(model, target)
    return tuple(
        node.name
        for node in model.graph.node
        if node.op_type in ("Conv", "Gemm", "MatMul") and not _is_dequantized(maker, node.input[1])
    )


def _is_dequantized(maker: Mapping[str, Any], name: str) -> bool:
    return name in maker and maker[name].op_type == "DequantizeLinear"
