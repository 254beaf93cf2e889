"""Writes the graphs of a model, and compares each with the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path

import torch
from torch import Tensor, nn

from hrnet_mm.deploy.bundle import Output
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, open_graph
from hrnet_mm.deploy.inference_graph import inference_graph
from hrnet_mm.deploy.parts import Part, Tensors
from hrnet_mm.deploy.tasks import Size
from hrnet_mm.deploy.writing import Form, free_dimensions, write_graph
from hrnet_mm.errors import UserError

# The images for which a graph is compared, of which the first are traced: how many at once, and,
# where these are free, height and width in units of 32 pixels.
BATCHES = (2, 1, 3)
FREE_SIZES = ((6, 8), (8, 5), (3, 7))


@dataclass(frozen=True, kw_only=True)
class Written:
    """A graph that was written.

    Attributes:
        outputs: What it gives.
        error: The largest difference to the model, as a share of the largest activation.
    """

    outputs: tuple[Output, ...]
    error: float


def tolerance(form: Form) -> float:
    """Return the largest difference that is accepted, as a share of the largest activation.

    Half precision has 11 bits, single precision 24, and roundings add up through 300 layers: to
    some 1e-6 in single precision, and 1e-3 to 5e-3 in half, as measured from W18 to W48.
    """
    return 1e-2 if form.half else 1e-4


def write_graphs(
    network: nn.Module, parts: Sequence[Part], folder: Path, *, form: Form, size: Size | None
) -> list[Written]:
    """Write the inference graphs of a model, each of which is compared with the model at once.

    Args:
        network: A model with an `HRNetBackbone`, on the CPU, in eval mode.
        parts: What of it becomes graphs.
        folder: Where the files go.
        form: How they are written.
        size: Width and height of images; None if they are free.

    Raises:
        UserError: The model has no inference graph, an operation has none in the format, or a graph
            differs from the model by more than the tolerance.
    """
    fast = inference_graph(network)
    if form.half:
        fast.half()
    images = _images(size)
    written = []
    for part in parts:
        with torch.no_grad():
            samples = [part.inputs_of(network, batch) for batch in images]
        path = folder / f"{part.name}{SUFFIXES[form.format]}"
        write_graph(fast, part, samples, path, form=form)
        written.append(_checked(network, part, samples, path, form=form))
    return written


def _images(size: Size | None) -> list[Tensor]:
    sizes = [(32 * h, 32 * w) for h, w in FREE_SIZES] if size is None else [size[::-1]] * 3
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(number, 3, *size, generator=generator)
        for number, size in zip(BATCHES, sizes, strict=True)
    ]


def _checked(
    network: nn.Module, part: Part, samples: Sequence[Tensors], path: Path, *, form: Form
) -> Written:
    graph = open_graph(path, runtime=RUNTIMES[form.format], device="cpu", threads=None)
    outputs: list[Tensors] = []
    errors: list[Tensor] = []
    for inputs in samples:
        named = zip(part.inputs, form.cast(inputs, part), strict=True)
        found = graph({name: x.numpy() for name, x in named})
        outputs.append(tuple(torch.from_numpy(found[name]) for name in part.outputs))
        with torch.no_grad():
            errors.append(_error(network, part, inputs, outputs[-1]))
    error = torch.stack(errors).max().item()  # NaN if one is
    if not error <= tolerance(form):
        hint = "leave out --half" if form.half else "try another --format or --opset"
        raise UserError(
            f"{path.name} differs from the model by {error:.1e} of the largest activation, more "
            f"than {tolerance(form):.0e}; {hint}"
        )
    described = [
        _described(name, meaning, tensors, width=samples[0][0].shape[-1])
        for (name, meaning), *tensors in zip(part.outputs.items(), *outputs, strict=True)
    ]
    return Written(outputs=tuple(described), error=error)


def _error(network: nn.Module, part: Part, inputs: Tensors, outputs: Tensors) -> Tensor:
    if part.scores is not None:
        # How far the scores of the labels are below the largest: of equal ones, any will do.
        scores = part.scores(network, *inputs)
        chosen = scores.gather(1, outputs[0][:, None].long())
        pairs = [(chosen, scores.amax(dim=1, keepdim=True))]
    else:
        pairs = list(zip(outputs, part.compute(network, *inputs), strict=True))
    tiny = torch.finfo(torch.float32).tiny
    errors = [(x - y).abs().max() / y.abs().max().clamp(min=tiny) for x, y in pairs]
    return torch.stack(errors).max()


def _described(name: str, meaning: str, tensors: Sequence[Tensor], *, width: int) -> Output:
    free, shape = free_dimensions(tensors), tensors[0].shape
    is_map = len(shape) > 2  # else it has a row for each image or RoI
    return Output(
        name=name,
        shape=tuple(None if d in free else size for d, size in enumerate(shape)),
        stride=2 ** round(log2(width / shape[-1])) if is_map else None,
        meaning=meaning,
    )
