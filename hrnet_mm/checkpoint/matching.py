"""Which of a file's HRNets each backbone of a model gets, and what the model calls its weights."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from hrnet_mm.checkpoint.convert import in_layout, to_canonical
from hrnet_mm.checkpoint.layouts import layout_of
from hrnet_mm.checkpoint.recognise import (
    BACKBONE,
    FoundHRNet,
    Weights,
    hrnet_prefixes,
    model_prefix,
)
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone

_SHOWN = 3  # names in an error


def backbone_prefixes(model: nn.Module) -> list[str]:
    """List what is before the names of each `HRNetBackbone` of a model: "" if it is one itself."""
    return [
        f"{path}." if path else ""
        for path, module in model.named_modules(remove_duplicate=False)
        if isinstance(module, HRNetBackbone)
    ]


def assign_hrnets(weights: Weights, backbones: Sequence[str]) -> tuple[Weights, dict[str, str]]:
    """Decide which HRNet of a file each backbone of a model gets.

    One HRNet serves all backbones. Several are matched by name; all the file's names may have one
    extra prefix, or lack one.

    Returns:
        The file's weights without or with that prefix, and the prefix of the HRNet for the prefix
        of each backbone that gets one.

    Raises:
        CheckpointError: None of several is for a backbone of its name.
    """
    hrnets = hrnet_prefixes(weights)
    if len(hrnets) < 2:
        return weights, dict.fromkeys(backbones, "".join(hrnets))
    removed, added = _common_prefix(hrnets, backbones)
    moved = {
        added + name.removeprefix(removed): weight
        for name, weight in weights.items()
        if name.startswith(removed)
    }
    return moved, {prefix: prefix for prefix in backbones if prefix in hrnet_prefixes(moved)}


def _common_prefix(hrnets: Sequence[str], backbones: Sequence[str]) -> tuple[str, str]:
    """Find the prefix to remove or to add that gives most HRNets the name of a backbone."""
    votes: Counter[tuple[str, str]] = Counter()
    for backbone in backbones:
        for hrnet in hrnets:
            if f".{hrnet}".endswith(f".{backbone}"):
                votes[hrnet.removesuffix(backbone), ""] += 1
            elif f".{backbone}".endswith(f".{hrnet}"):
                votes["", backbone.removesuffix(hrnet)] += 1
    best = [prefixes for prefixes, number in votes.items() if number == max(votes.values())]
    if ("", "") in best:
        return "", ""
    if len(best) == 1:
        return best[0]
    place = str(list(backbones)) if any(backbones) else "no prefix"
    choices = sorted({*hrnets, *map(model_prefix, hrnets)} - {""})
    raise CheckpointError(
        f"it holds several HRNets, below {list(hrnets)}, and the model has its own below {place}: "
        f"choose one of {choices} as the prefix of init_cfg=dict(type='Pretrained', "
        "checkpoint=..., prefix=...), or remove it with load_checkpoint(..., revise_keys=...)"
    )


@dataclass(frozen=True)
class Candidate:
    """A weight of a file for a place in a model.

    Attributes:
        origin: Its canonical name, or the file's if it has none.
        weight: The tensor.
        reason: Why its values are not those of the file; None if they are.
    """

    origin: str
    weight: Tensor
    reason: str | None = None


Candidates = dict[str, Candidate]  # by the model's names


def candidates_for(source: FoundHRNet, *, backbone: str, names: Collection[str]) -> Candidates:
    """Convert what was found in a file for a backbone and the neck and head that belong to it.

    Args:
        source: What was found. Its weights without a canonical name keep theirs, where the model
            has such a weight.
        backbone: What is before the names of the backbone.
        names: All names in the model's state dict, which decide how the weights are called.
    """
    owner = _owner_of_parts(source, backbone=backbone, names=names)
    inside = {BACKBONE + n.removeprefix(backbone) for n in names if n.startswith(backbone)}
    inside |= {n.removeprefix(owner) for n in names if n.startswith(owner)}
    layout = layout_of(inside, official=False)
    canonical = to_canonical(source, keep_biases_of=layout)
    candidates = {owner + name: Candidate(name, w) for name, w in source.unplaced.items()}
    candidates = {name: candidate for name, candidate in candidates.items() if name in names}
    for name, weight in in_layout(canonical.weights, layout).items():
        in_backbone = name.startswith(BACKBONE)
        place = backbone + name.removeprefix(BACKBONE) if in_backbone else owner + name
        origin = layout.canonical_name(name) or name
        candidates[place] = Candidate(origin, weight, canonical.converted.get(origin))
    return candidates


def _owner_of_parts(source: FoundHRNet, *, backbone: str, names: Collection[str]) -> str:
    """Return what is before the names of the neck and head that belong to a backbone.

    It is the nearest owner of the backbone that has parts of such names, as "student.".
    """
    canonical_names = filter(None, map(source.layout.canonical_name, source.others))
    parts = {name.partition(".")[0] for name in (*source.others, *canonical_names)}
    path = backbone.split(".")[:-2]
    owners = [".".join([*path[:end], ""]) for end in range(len(path), -1, -1)]  # nearest first
    children = {owner: tuple(f"{owner}{part}." for part in parts) for owner in owners}
    with_parts = (o for o in owners if any(name.startswith(children[o]) for name in names))
    return next(with_parts, owners[0])


def misfit(candidates: Candidates, wanted: Weights, *, backbone: str) -> str | None:
    """Say what would leave a part of a backbone as it was initialised, None if nothing would.

    The first convolution may stay so: a model for images of other channels cannot use the file's.
    """
    inside = {name for name in wanted if name.startswith(backbone)}
    missing = inside - candidates.keys()
    there = inside - missing - {f"{backbone}conv1.weight"}
    reshaped = {name for name in there if candidates[name].weight.shape != wanted[name].shape}
    names = [name for name in wanted if name in (reshaped or missing)]
    if not names:
        return None
    advice = (
        "give the backbone the arch of the file"
        if reshaped
        else "ask the backbone for no other out_indices than the file has, as (0,) for a pose "
        "model's, and for its conv_cfg and norm_cfg"
    )
    return (
        f"{'has other shapes of' if reshaped else 'lacks'} {len(names)} weights of the model's "
        f"backbone, such as {', '.join(names[:_SHOWN])}: {advice}"
    )


def part_without_hrnet(weights: Weights, wanted: Weights, backbones: Sequence[str]) -> Candidates:
    """Name the weights of a file without an HRNet, such as those of a head, as the model does.

    They are for each of the models with a backbone in a model of several.

    Returns:
        Nothing if the file holds an HRNet, or another backbone, or no weight of the model.
    """
    if hrnet_prefixes(weights):
        return {}
    models = [model_prefix(prefix) for prefix in backbones if model_prefix(prefix) != prefix]
    candidates = {
        model + name: Candidate(name, weight)
        for model in dict.fromkeys(["", *models])
        for name, weight in weights.items()
    }
    if any(name.startswith(tuple(backbones)) for name in candidates.keys() - wanted.keys()):
        return {}
    return {name: candidate for name, candidate in candidates.items() if name in wanted}
