"""Runs the exported graph with ncnn, to which pnnx converts it: for comparison alone."""

import subprocess
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.benchmark.speed.exported import check_installed, written_graph
from hrnet_mm.benchmark.speed.rows import Call, Row
from hrnet_mm.benchmark.speed.subject import Subject
from hrnet_mm.deploy.writing import LIBRARIES
from hrnet_mm.errors import UserError


def prepare_ncnn(row: Row, subject: Subject) -> Call:
    """Convert and load the network."""
    try:
        ncnn: Any = import_module("ncnn")  # not `import`: it is in no environment of the project
        pnnx: Any = import_module("pnnx")
    except ImportError as error:
        raise UserError(
            "pip install ncnn pnnx, in an environment of its own, and run this there"
        ) from error
    if subject.batch != 1:
        raise UserError("ncnn takes one image at a time: --batch 1")
    check_installed(LIBRARIES["onnx"])
    graph = written_graph(row.precision, subject, "onnx")
    files = [graph.with_suffix(f".ncnn.{kind}") for kind in ("param", "bin")]
    if not all(path.exists() for path in files):
        _convert(graph, subject, converter=pnnx.EXEC_PATH)
    net = ncnn.Net()
    net.opt.num_threads = subject.threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    for path, load in zip(files, (net.load_param, net.load_model), strict=True):
        if not path.exists() or load(str(path)) != 0:
            raise UserError(f"pnnx and ncnn cannot convert and load {graph.name}: no {path.name}")
    array = subject.images()[0].numpy()

    def run() -> Sequence[Any]:
        with net.create_extractor() as extractor:
            extractor.input("in0", ncnn.Mat(array))
            found = [extractor.extract(name) for name in net.output_names()]
        return [np.array(mat)[None] for _, mat in found]

    return run


def _convert(graph: Path, subject: Subject, *, converter: str) -> None:
    width, height = subject.size
    shape = f"inputshape=[1,3,{height},{width}]f32"
    subprocess.run(
        [converter, graph, shape, "fp16=0"], cwd=graph.parent, capture_output=True, check=False
    )
