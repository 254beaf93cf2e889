"""Converts the weights of a model from any layout to the canonical names and values, and back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from hrnet_mm.checkpoint.layouts import Layout, layout_named
from hrnet_mm.checkpoint.recognise import BACKBONE, FoundHRNet, Weights
from hrnet_mm.errors import CheckpointError, UserError

TARGETS = ("hrnet_mm", "backbone", "openmmlab", "timm", "timm_ssld")
INPLACE_ABN_EPS = 1e-5  # inplace_abn_cuda.cu:127 of the official segmentation code
_COUNTER = "num_batches_tracked"


@dataclass(kw_only=True)
class CanonicalWeights:
    """The weights of a model by canonical name, and what was converted or left out.

    Attributes:
        weights: By canonical name, in float32 where they are floating-point numbers.
        converted: Names in ``weights`` whose values are not those of the file, with the reason.
        dropped: Names in the file that have no place in ``weights``.
    """

    weights: dict[str, Tensor] = field(default_factory=dict)
    converted: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)


def to_canonical(found: FoundHRNet, *, keep_biases_of: Layout | None = None) -> CanonicalWeights:
    """Convert the weights of a file to the canonical names and values.

    Biases before a norm are subtracted from its running mean, scales of InPlaceABN become those of
    a plain norm, counters that PyTorch 0.4 did not keep start at 0, box heads that count the
    background first count it last.

    Args:
        found: What was found in the file.
        keep_biases_of: A layout whose biases before norms are kept where the file has them.

    Raises:
        CheckpointError: A weight that others need is missing, or has no shape that fits them.
    """
    layout, result = found.layout, CanonicalWeights(dropped=[*found.outside, *found.unplaced])
    named = {BACKBONE + name: weight for name, weight in found.backbone.items()}
    named |= {n: w for name, w in found.others.items() if (n := layout.canonical_name(name))}
    for name, weight in named.items():
        result.weights[name] = weight.float() if weight.is_floating_point() else weight
        if weight.is_floating_point() and weight.dtype != torch.float32:
            result.converted[name] = f"from {str(weight.dtype).removeprefix('torch.')}"
    kept = keep_biases_of.biased if keep_biases_of else ()
    try:
        if layout.inplace_abn and not any(name.endswith(_COUNTER) for name in named):
            _convert_inplace_abn(result)
        _fold_biases(result, [module for module in layout.biased if module not in kept])
        if layout.background_first:
            _put_background_last(result)
    except KeyError as error:
        raise CheckpointError(f"it lacks {error.args[0]}") from error
    except (IndexError, TypeError, RuntimeError) as error:  # of shapes
        raise CheckpointError(f"its weights do not fit each other ({error})") from error
    _add_counters(result)
    return result


def _norms(weights: Weights) -> list[str]:
    suffix = "running_var"
    return [name.removesuffix(suffix) for name in weights if name.endswith(suffix)]


def _convert_inplace_abn(result: CanonicalWeights) -> None:
    for norm in _norms(result.weights):
        name = f"{norm}weight"
        result.weights[name] = result.weights[name].abs() + INPLACE_ABN_EPS
        result.converted[name] = "from InPlaceABN: |w| + 1e-5"


def _fold_biases(result: CanonicalWeights, modules: Iterable[str]) -> None:
    for module in modules:
        bias = result.weights.pop(f"{module}.conv.bias", None)
        if bias is not None:
            name = f"{module}.bn.running_mean"
            result.weights[name] = result.weights[name] - bias
            result.converted[name] = "the bias before a norm taken from its mean"


_CLASS_SCORES = re.compile(r"(roi_head\.bbox_head\.(?:\d+\.)?)fc_cls\.(weight|bias)")
_MASKS = re.compile(r"roi_head\.mask_head\.(?:\d+\.)?conv_logits\.(weight|bias)")


def _put_background_last(result: CanonicalWeights) -> None:
    """Reorder the classes of mmdet 0.x, whose first is the background, as in 2.x: it is last."""
    weights, converted = result.weights, result.converted
    for name in list(weights):
        if scores := _CLASS_SCORES.fullmatch(name):
            classes = weights[name]
            weights[name] = classes.roll(-1, dims=0)
            converted[name] = "background last"
            offsets = f"{scores[1]}fc_reg.{scores[2]}"
            if len(weights[offsets]) == 4 * len(classes):  # not one box for all classes
                weights[offsets] = weights[offsets][4:]
                converted[offsets] = "without the background's box"
        elif _MASKS.fullmatch(name):
            weights[name] = weights[name][1:]
            converted[name] = "without the background's mask"


def _add_counters(result: CanonicalWeights) -> None:
    for norm in _norms(result.weights):
        name = norm + _COUNTER
        if name not in result.weights:
            result.weights[name] = torch.tensor(0)
            result.converted[name] = "added, as 0"


def from_canonical(weights: Weights, target: str) -> dict[str, Tensor]:
    """Convert the canonical weights of a model to another layout.

    Args:
        weights: By canonical name.
        target: One of `TARGETS`: "hrnet_mm" as they are, "backbone" without neck, head and prefix,
            "openmmlab" for the toolboxes' own models, "timm" for its classifiers and, where there
            is no head, its backbones, "timm_ssld" for its classifiers of that name, which have no
            biases before norms.

    Raises:
        UserError: There is no such target.
        CheckpointError: The target has no place for a weight.
    """
    if target not in TARGETS:
        raise UserError(f"layout {target!r}: choose from {TARGETS}")
    if target == "hrnet_mm":
        return dict(weights)
    if target == "openmmlab":
        return in_layout(weights, _layout_of_toolbox(weights))
    backbone = {n.removeprefix(BACKBONE): w for n, w in weights.items() if n.startswith(BACKBONE)}
    others = {n: w for n, w in weights.items() if not n.startswith(BACKBONE)}
    if target == "backbone" or not others:
        return backbone
    timm = layout_named("official classification, timm")
    return backbone | in_layout(others, timm if target == "timm" else replace(timm, biased=()))


def _layout_of_toolbox(weights: Weights) -> Layout:
    """Return the layout of the toolbox's own model that computes what these weights compute."""
    fused = "neck.fuse_conv.conv.weight" in weights  # a part of the head in the toolboxes
    if fused and "decode_head.conv_seg.weight" in weights:
        return layout_named("mmseg")
    if fused and "head.final_layer.weight" in weights:
        return layout_named("mmpose landmarks")
    return layout_named("OpenMMLab")


def in_layout(weights: Weights, layout: Layout) -> dict[str, Tensor]:
    """Give canonical weights the names of a layout, and add its biases before norms, as 0.

    Raises:
        CheckpointError: The layout has no place for a weight.
    """
    means = {module: weights.get(f"{module}.bn.running_mean") for module in layout.biased}
    biases = {
        f"{m}.conv.bias": torch.zeros_like(mean) for m, mean in means.items() if mean is not None
    }
    named = {}
    for name, weight in {**biases, **weights}.items():
        own_name = layout.own_name(name)
        if own_name is None:
            raise CheckpointError(f"{layout.name} has no place for {name}")
        named[own_name] = weight
    return named
