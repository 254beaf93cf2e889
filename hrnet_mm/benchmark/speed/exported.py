"""Runs exported graphs, in the runtimes of predictions."""

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from hrnet_mm.benchmark.speed.rows import Call, Row
from hrnet_mm.benchmark.speed.subject import Subject, our_model, part_of
from hrnet_mm.deploy.bundle import Format
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, open_graph
from hrnet_mm.deploy.inference_graph import inference_graph
from hrnet_mm.deploy.parts import IMAGE
from hrnet_mm.deploy.quantizing import QUANTIZERS, quantize
from hrnet_mm.deploy.writing import LIBRARIES, Form, write_graph
from hrnet_mm.errors import UserError


def prepare_graph(row: Row, subject: Subject, *, format: Format) -> Call:
    """Run the exported inference graph."""
    needed = [QUANTIZERS[format].partition(".")[0]] if row.precision == "int8" else []
    check_installed({*LIBRARIES[format], *needed})
    graph = open_graph(
        written_graph(row.precision, subject, format),
        runtime=RUNTIMES[format],
        device=subject.device,
        threads=subject.threads,
        bfloat16=row.precision == "bf16",
    )
    images = subject.images().numpy().astype("float16" if row.precision == "fp16" else "float32")
    return lambda: [*graph({IMAGE: images}).values()]


def check_installed(names: Collection[str]) -> None:
    """Say how to get libraries that are missing.

    Raises:
        UserError: One is.
    """
    if missing := [name for name in sorted(names) if find_spec(name) is None]:
        raise UserError(f"pip install {' '.join(missing)}")


def written_graph(precision: str, subject: Subject, format: Format) -> Path:
    """Return the graph of a precision, and write it unless another row has.

    Raises:
        UserError: It cannot be exported or quantised.
    """
    kind = precision.replace("bf16", "fp32")  # OpenVINO converts it
    path = subject.folder / f"{kind}{SUFFIXES[format]}"
    if path.exists():
        return path
    if kind == "int8":
        images = [subject.images().numpy()]
        quantize(written_graph("fp32", subject, format), path, name=IMAGE, images=images)
    else:
        _export(path, subject, form=Form(format=format, half=kind == "fp16"))
    return path


def _export(path: Path, subject: Subject, *, form: Form) -> None:
    model = our_model(subject).cpu()
    network = inference_graph(model)
    if form.half:
        network.half()
    part = part_of(model, subject.cfg())
    write_graph(network, part, [(subject.images(),)], path, form=form)
