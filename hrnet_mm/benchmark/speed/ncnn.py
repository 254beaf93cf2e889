"""Runs the inference graph with ncnn, which pnnx converts: for comparison alone."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch

from hrnet_mm.benchmark.speed.rows import Call, Row
from hrnet_mm.benchmark.speed.subject import Subject, our_model, part_of
from hrnet_mm.deploy.inference_graph import inference_graph
from hrnet_mm.deploy.writing import PartModule
from hrnet_mm.errors import UserError


def prepare_ncnn(row: Row, subject: Subject) -> Call:
    """Convert and load the network."""
    del row  # in fp32 alone
    try:
        ncnn: Any = import_module("ncnn")  # not `import`: it is in no environment of the project
        pnnx: Any = import_module("pnnx")
    except ImportError as error:
        raise UserError(
            "pip install ncnn pnnx, in an environment of its own, and run this there"
        ) from error
    if subject.batch != 1:
        raise UserError("ncnn takes one image at a time: --batch 1")
    images = subject.images()
    model = subject.folder / "ncnn.pt"
    files = [model.with_suffix(f".ncnn.{kind}") for kind in ("param", "bin")]
    if not all(path.exists() for path in files):
        network: Any = inference_graph(our_model(subject))
        module = PartModule(network, part_of(network, subject.cfg()))
        traced: Any = torch.jit.trace(module, images, check_trace=False)
        traced.save(str(model))
        pnnx.convert(str(model), images, fp16=False)
    net = ncnn.Net()
    net.opt.num_threads = subject.threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    for path, load in zip(files, (net.load_param, net.load_model), strict=True):
        if load(str(path)) != 0:
            raise UserError(f"ncnn does not take what pnnx wrote: {path.name}")
    array = images[0].numpy()

    def run() -> Sequence[Any]:
        with net.create_extractor() as extractor:
            extractor.input("in0", ncnn.Mat(array))
            found = [extractor.extract(name) for name in net.output_names()]
        return [np.array(mat)[None] for _, mat in found]

    return run
