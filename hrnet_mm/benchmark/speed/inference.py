"""What runs a model for prediction: PyTorch, timm, and the runtimes of exported graphs."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from hrnet_mm.benchmark.speed.exported import prepare_graph
from hrnet_mm.benchmark.speed.ncnn import prepare_ncnn
from hrnet_mm.benchmark.speed.rows import Call, Row, Runtime
from hrnet_mm.benchmark.speed.subject import Subject, our_model, part_of, stock_model
from hrnet_mm.deploy.inference_graph import inference_graph
from hrnet_mm.errors import UserError
from hrnet_mm.hooks.compiling import check_compiler

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def prepare_eager(row: Row, subject: Subject, *, build: Callable[[Subject], Any]) -> Call:
    """Run a model by PyTorch; in half precision as OpenMMLab does, by autocast."""
    dtype = _DTYPES[row.precision]
    kind = torch.device(subject.device).type
    call = _forward(build(subject), subject)

    def run() -> Sequence[Any]:
        with nullcontext() if dtype == torch.float32 else torch.autocast(kind, dtype):
            return call()

    return run


def prepare_folded(row: Row, subject: Subject) -> Call:
    """Run the inference graph by PyTorch; in half precision as a whole."""
    return _forward(_folded(row, subject), subject, dtype=_DTYPES[row.precision])


def prepare_compiled(row: Row, subject: Subject) -> Call:
    """Run the inference graph as torch.compile makes it."""
    check_compiler(subject.device)
    network = _folded(row, subject)
    compiled = torch.compile(partial(part_of(network, subject.cfg()).compute, network))
    return _forward(network, subject, dtype=_DTYPES[row.precision], compute=compiled)


def _folded(row: Row, subject: Subject) -> Any:
    network: nn.Module = inference_graph(our_model(subject, memory_format="channels_last"))
    network.to(memory_format=torch.channels_last)  # type: ignore
    return network.to(_DTYPES[row.precision])


def _forward(
    model: Any,
    subject: Subject,
    *,
    dtype: torch.dtype = torch.float32,
    compute: Callable[[Any], Sequence[Any]] | None = None,
) -> Call:
    images = subject.images().to(subject.device, dtype)
    compute = compute or partial(part_of(model, subject.cfg()).compute, model)

    def run() -> Sequence[Any]:
        with torch.no_grad():
            return compute(images)

    return run


def prepare_timm(row: Row, subject: Subject) -> Call:
    """Run timm's HRNet without a head."""
    if find_spec("timm") is None:
        raise UserError("pip install timm")
    import timm

    ours = our_model(subject).backbone
    arch = subject.cfg().model.backbone.arch
    name = f"hrnet_{arch}".replace("small_v1", "small") if isinstance(arch, str) else ""
    if name not in timm.list_models("hrnet*"):
        raise UserError(f"timm has no HRNet of arch {arch!r}")
    model: Any = timm.create_model(name, features_only=True, feature_location="")
    # Where ours has fewer outputs, the layers of the others keep weights of chance.
    unexpected = model.load_state_dict(ours.state_dict(), strict=False).unexpected_keys
    if unexpected:
        raise UserError(f"timm's HRNet has no {unexpected[0]}")
    model.to(subject.device).eval()
    images = subject.images().to(subject.device)
    kind, dtype = torch.device(subject.device).type, _DTYPES[row.precision]

    def run() -> Sequence[Any]:
        with torch.no_grad(), torch.autocast(kind, dtype, enabled=row.precision != "fp32"):
            found = model(images)[-4:]  # before them is the stem's
        return [found[i] for i in ours.out_indices]

    return run


def backbone_outputs(subject: Subject) -> Sequence[Any]:
    """Return the feature maps of the backbone, with which timm's are compared."""
    backbone = our_model(subject).backbone
    with torch.no_grad():
        return backbone(subject.images().to(subject.device))


_torch = partial(Runtime, on_cpu=("fp32", "bf16"), on_cuda=("fp32", "bf16", "fp16"))

RUNTIMES: dict[str, Runtime] = {
    "stock": _torch(
        prepare=partial(prepare_eager, build=stock_model),
        about="the toolbox's own HRNet, PyTorch eager; autocast in half precision",
    ),
    "eager": _torch(
        prepare=partial(prepare_eager, build=our_model),
        about="HRNetBackbone, PyTorch eager; autocast in half precision",
    ),
    "channels_last": _torch(
        prepare=partial(prepare_eager, build=partial(our_model, memory_format="channels_last")),
        about="the same with memory_format='channels_last'",
    ),
    "folded": _torch(
        prepare=prepare_folded,
        about="the inference graph, channels_last; the whole network in half precision",
    ),
    "compile": _torch(prepare=prepare_compiled, about="the same by torch.compile", compiles=True),
    "timm": _torch(
        prepare=prepare_timm,
        about="timm's HRNet, PyTorch eager, without a head",
        remark="the trunk alone, with all four outputs",
        features=True,
    ),
    "onnxruntime": Runtime(
        prepare=partial(prepare_graph, format="onnx"),
        about="the exported inference graph",
        on_cpu=("fp32", "int8"),
        on_cuda=("fp32", "fp16"),
    ),
    "openvino": Runtime(
        prepare=partial(prepare_graph, format="openvino"),
        about="the exported inference graph",
        on_cpu=("fp32", "bf16", "int8"),
    ),
    "ncnn": Runtime(
        prepare=prepare_ncnn, about="the inference graph through pnnx", on_cpu=("fp32",)
    ),
}
