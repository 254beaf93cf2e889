"""From any layout to a whole model of this package, and back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hrnet_mm.checkpoint.layouts import OPENMMLAB, Layout, layout_named
from hrnet_mm.checkpoint.recognise import Recognised, Weights
from hrnet_mm.errors import CheckpointError, UserError

TRUNK = "backbone."
TARGETS = ("hrnet_mm", "trunk", "openmmlab", "timm", "timm_ssld")
INPLACE_ABN_EPS = 1e-5  # inplace_abn_cuda.cu:127 of the official segmentation code
_COUNTER = "num_batches_tracked"


@dataclass(kw_only=True)
class Whole:
    """The weights of a whole model of this package, and what became of a file's.

    Attributes:
        weights: By this package's names, in float32 where they are floating point numbers.
        converted: Names in ``weights`` whose values are not those of the file, with the reason.
        dropped: Names in the file that have no place in ``weights``.
    """

    weights: dict[str, Tensor] = field(default_factory=dict)
    converted: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)


def to_whole(found: Recognised) -> Whole:
    """Bring a file's weights into the layout of this package.

    Biases before a norm go into its running mean, scales of InPlaceABN become those of a plain
    norm, counters that PyTorch 0.4 did not keep start at 0, box heads that count the background
    first count it last.
    """
    whole = Whole(dropped=list(found.outside))
    layout = found.layout
    named = {TRUNK + name: weight for name, weight in found.trunk.items()}
    for name, weight in found.others.items():
        ours = layout.ours(name)
        if ours is None:
            whole.dropped.append(name)
        else:
            named[ours] = weight
    counted = any(name.endswith(_COUNTER) for name in named)
    for name, weight in named.items():
        whole.weights[name] = weight.float() if weight.is_floating_point() else weight
        if weight.is_floating_point() and weight.dtype != torch.float32:
            whole.converted[name] = f"from {str(weight.dtype).removeprefix('torch.')}"
    if layout.inplace_abn and not counted:
        _plain_norms(whole)
    _fold_biases(whole, layout)
    if layout.background_first:
        _background_last(whole)
    _add_counters(whole)
    return whole


def _norms(weights: Weights) -> list[str]:
    suffix = "running_var"
    return [name.removesuffix(suffix) for name in weights if name.endswith(suffix)]


def _plain_norms(whole: Whole) -> None:
    for norm in _norms(whole.weights):
        name = f"{norm}weight"
        whole.weights[name] = whole.weights[name].abs() + INPLACE_ABN_EPS
        whole.converted[name] = "from InPlaceABN: |w| + 1e-5"


def _fold_biases(whole: Whole, layout: Layout) -> None:
    for conv, norm in layout.folded:
        bias = whole.weights.pop(f"{conv}bias", None)
        if bias is not None:
            name = f"{norm}running_mean"
            whole.weights[name] = whole.weights[name] - bias
            whole.converted[name] = "the bias before a norm taken from its mean"


_CLASS_SCORES = re.compile(r"(roi_head\.bbox_head\.(?:\d+\.)?)fc_cls\.(weight|bias)")
_MASKS = re.compile(r"roi_head\.mask_head\.(?:\d+\.)?conv_logits\.(weight|bias)")


def _background_last(whole: Whole) -> None:
    """Turn the classes of mmdet 0.x into those of 2.x: 1 to K, then the background."""
    for name in list(whole.weights):
        if scores := _CLASS_SCORES.fullmatch(name):
            classes = whole.weights[name]
            whole.weights[name] = classes.roll(-1, dims=0)
            whole.converted[name] = "background last"
            offsets = f"{scores[1]}fc_reg.{scores[2]}"
            if len(whole.weights[offsets]) == 4 * len(classes):  # not one box for all classes
                whole.weights[offsets] = whole.weights[offsets][4:]
                whole.converted[offsets] = "without the background's box"
        elif _MASKS.fullmatch(name):
            whole.weights[name] = whole.weights[name][1:]
            whole.converted[name] = "without the background's mask"


def _add_counters(whole: Whole) -> None:
    for norm in _norms(whole.weights):
        name = norm + _COUNTER
        if name not in whole.weights:
            whole.weights[name] = torch.tensor(0)
            whole.converted[name] = "added, as 0"


def from_whole(weights: Weights, target: str) -> dict[str, Tensor]:
    """Write a whole model's weights in another layout.

    Args:
        weights: By this package's names.
        target: One of `TARGETS`: "hrnet_mm" as they are, "trunk" without head and prefix,
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
    trunk = {
        name.removeprefix(TRUNK): weight
        for name, weight in weights.items()
        if name.startswith(TRUNK)
    }
    others = {name: weight for name, weight in weights.items() if not name.startswith(TRUNK)}
    if target == "trunk" or (target.startswith("timm") and not others):
        return trunk
    if target.startswith("timm"):
        layout = layout_named("official classification, timm")
        return trunk | _in_layout(others, layout, biases=target == "timm")
    layout = _openmmlab(others)
    kept = others if layout is None else _in_layout(others, layout)
    return {TRUNK + name: weight for name, weight in trunk.items()} | kept


def _openmmlab(names: Iterable[str]) -> Layout | None:
    """Find the toolbox's layout where it differs from this package's."""
    names = tuple(names)
    if not any(name.startswith("neck.fuse_conv.") for name in names):
        return None
    layouts = (
        layout_named(toolbox)
        for head, toolbox in OPENMMLAB.items()
        if any(name.startswith(head) for name in names)
    )
    return next(layouts, None)


def _in_layout(weights: Weights, layout: Layout, *, biases: bool = True) -> dict[str, Tensor]:
    named = {}
    for name, weight in weights.items():
        theirs = layout.theirs(name)
        if theirs is None:
            raise CheckpointError(f"{layout.name} has no place for {name}")
        named[theirs] = weight
    for conv, norm in layout.folded if biases else ():
        theirs = layout.theirs(f"{conv}bias")
        mean = weights.get(f"{norm}running_mean")
        if theirs is not None and mean is not None:
            named[theirs] = torch.zeros_like(mean)  # which folds to the same weights again
    return named
