"""Lets a toolbox's model predict with other computations than its own, such as exported graphs.

What comes after the network stays the toolbox's: tests with mirrored images, windows, decoding,
suppression. So its own evaluator measures what a graph is worth.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.detectors import detector_parts
from hrnet_mm.deploy.graphs import Graph, half_overflows
from hrnet_mm.deploy.parts import ROIS, Part, Tensors, heatmaps_part, logits_part
from hrnet_mm.deploy.tasks import DenseHead, TwoStageHead
from hrnet_mm.errors import UserError

Computation = Callable[..., Tensors]
"""Maps the inputs of a `Part` to its outputs, in their order."""


# Computations


def torch_computation(network: nn.Module, part: Part, *, half: bool, compiled: bool) -> Computation:
    """Return a part of a copy of a model as a computation.

    Args:
        network: The model.
        part: Which part.
        half: Whether to compute in half precision.
        compiled: Whether by ``torch.compile``.
    """
    copy = deepcopy(network).eval().requires_grad_(False)
    if half:
        copy.half()
    compute = torch.compile(part.compute) if compiled else part.compute

    def run(*inputs: Tensor) -> Tensors:
        outputs = compute(copy, *(_cast(inputs, part.inputs) if half else inputs))
        return _checked(outputs, part.name) if half else tuple(outputs)

    return run


def graph_computation(graph: Graph, bundle: Bundle, *, name: str) -> Computation:
    """Return a graph of a bundle as a computation.

    Args:
        graph: The graph.
        bundle: What is known of it.
        name: Of its file, without suffix.
    """
    described = bundle.input
    half = described.dtype == "float16"

    def run(*inputs: Tensor) -> Tensors:
        first, *others = inputs
        if others:
            names = [*(f"level{i}" for i in range(len(others))), ROIS]
        else:
            names = [described.name]
            _check_size(first, (described.width, described.height))
        given = _cast(inputs, names) if half else inputs
        arrays = {n: x.detach().cpu().numpy() for n, x in zip(names, given, strict=True)}
        found = [torch.from_numpy(x).to(first.device) for x in graph(arrays).values()]
        return _checked(tuple(found), name) if half else tuple(found)

    return run


def _cast(inputs: Tensors, names: Any) -> Tensors:
    # Coordinates in half precision would be off by pixels.
    return tuple(x if n == ROIS else x.half() for n, x in zip(names, inputs, strict=True))


def _checked(outputs: Tensors, name: str) -> Tensors:
    """Return what was computed in half precision, as float32."""
    if not all(bool(output.isfinite().all()) for output in outputs):
        raise half_overflows(name)
    return tuple(output if not output.is_floating_point() else output.float() for output in outputs)


def _check_size(images: Tensor, size: tuple[int | None, int | None]) -> None:
    height, width = images.shape[2:]
    if size[0] is not None and size != (width, height):
        raise UserError(
            f"the bundle takes images of {size[0]}x{size[1]}, and the test has one of {width}x"
            f"{height}: export it for any size, or give the test the same one by --cfg-options"
        )


# Models


Head = DenseHead | TwoStageHead | None  # of a detector


def parts_of(network: Any, *, task: str, head: Head) -> list[Part]:
    """Return the parts of a model that are its network.

    Args:
        network: The model.
        task: What it predicts: pose, seg, cls or det.
        head: Of a detector; None for one whose head is not known.
    """
    if task == "det":
        return detector_parts(network, head)
    return [heatmaps_part() if task == "pose" else logits_part()]


def replace_network(
    network: Any, computations: Mapping[str, Computation], *, task: str, head: Head
) -> None:
    """Let a model predict with other computations than its own.

    Args:
        network: The model, which is changed.
        computations: Of its parts, by their names.
        task: As for `parts_of`.
        head: The same. Where it is not known, what comes after the neck stays.
    """
    if isinstance(head, TwoStageHead):
        _replace_two_stages(network, computations)
    elif isinstance(head, DenseHead):
        network.extract_feat = computations["model"]
        levels = len(head.strides)
        network.bbox_head.forward = lambda outputs: (
            outputs[:levels],
            outputs[levels : 2 * levels],
            outputs[2 * levels :],
        )
    elif task == "det":
        network.extract_feat = computations["features"]
    elif task == "seg":
        _replace_segmentation(network, computations["model"])
    else:
        network.extract_feat = computations["model"]
        network.head.forward = lambda outputs: outputs[-1]


def _replace_segmentation(network: Any, compute: Computation) -> None:
    heads = network.decode_head
    head: Any = heads[-1] if isinstance(heads, nn.ModuleList) else heads

    def encode_decode(inputs: Tensor, metas: Any) -> Tensor:
        (scores,) = compute(inputs)
        if not scores.is_floating_point():  # labels, of which each gets all votes
            classes = nn.functional.one_hot(scores.long(), network.out_channels)
            scores = classes.movedim(-1, 1).float()
        return head.predict_by_feat(scores, metas)

    network.encode_decode = encode_decode


def _replace_two_stages(network: Any, computations: Mapping[str, Computation]) -> None:
    roi_head, levels = network.roi_head, network.rpn_head.prior_generator.num_levels
    network.extract_feat = computations["features"]  # pooled levels, objectness, deltas
    network.rpn_head.forward = lambda outputs: (outputs[-2 * levels : -levels], outputs[-levels:])
    roi_head.bbox_roi_extractor.forward = lambda pooled, rois: (*pooled, rois)
    roi_head.bbox_head.forward = lambda inputs: computations["roi_head"](*inputs)
