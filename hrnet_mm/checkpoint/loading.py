"""Fits the weights of a public file to a model at hand."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from hrnet_mm.checkpoint.matching import (
    Candidate,
    Candidates,
    assign_hrnets,
    backbone_prefixes,
    candidates_for,
    misfit,
    part_without_hrnet,
)
from hrnet_mm.checkpoint.metainfo import notes_on_names
from hrnet_mm.checkpoint.recognise import (
    BACKBONE,
    FoundHRNet,
    Weights,
    find_weights,
    hrnet_prefixes,
    model_prefix,
    recognise,
)
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.errors import CheckpointError

_DATA_PARALLEL = "module."


def needs_fitting(model: nn.Module, content: Mapping[str, Any]) -> bool:
    """Tell whether a model has an `HRNetBackbone`, and these are not just its own weights by name.

    Its own are all of its weights, or a part of them without an HRNet, such as a head.

    Raises:
        CheckpointError: Nothing in the file is a weight.
    """
    backbones = backbone_prefixes(model)
    if not backbones:
        return False
    given = find_weights(content)
    wanted = model.state_dict()
    if not hrnet_prefixes(given):
        return not part_without_hrnet(given, wanted, backbones).keys() & given.keys()
    return any(
        name not in given or given[name].shape != weight.shape for name, weight in wanted.items()
    )


def weights_below(content: Mapping[str, Any], prefix: str) -> Weights:
    """Return the weights of a loaded file below a prefix, without it.

    The prefix "backbone." stands for the one HRNet of a file of any layout, too.

    Raises:
        CheckpointError: There are none.
    """
    weights = find_weights(content)
    prefix = prefix.rstrip(".") + "."
    for start in (prefix, _DATA_PARALLEL + prefix):
        inside = {n.removeprefix(start): w for n, w in weights.items() if n.startswith(start)}
        if inside:
            return inside
    hrnets = hrnet_prefixes(weights)
    if prefix == BACKBONE and len(hrnets) == 1:
        return weights
    choices = {*hrnets, *map(model_prefix, hrnets)} or {n.partition(".")[0] + "." for n in weights}
    there = sorted(choices - {""})
    advice = f"choose from {there}" if there else "its HRNet is below none, so give no prefix"
    raise CheckpointError(f"nothing in it is below the prefix {prefix!r}: {advice}")


def fit(model: nn.Module, content: Mapping[str, Any]) -> tuple[dict[str, Tensor], Report]:
    """Convert the weights of a loaded file to those of a model that has an `HRNetBackbone`.

    Weights of the head that have other shapes, as of another number of classes, are left out, so
    that the model keeps those it was initialised with. A model may have several backbones: each
    gets the file's HRNet of its name, or the only one, and those that get none are noted.

    Args:
        model: The model, or the backbone alone.
        content: Of the file.

    Returns:
        The weights by the model's names, and what was loaded, converted or left out.

    Raises:
        CheckpointError: No backbone of the model can be filled: there is no HRNet in the file, or
            one of another architecture, or one that lacks weights of the model's backbone, or
            several of other names.
    """
    weights, wanted = find_weights(content), model.state_dict()
    backbones = backbone_prefixes(model)
    part = part_without_hrnet(weights, wanted, backbones)
    if part:
        report = Report(layout="no", arch="no HRNet")
        return _take(part, wanted, report=report), report
    weights, assigned = assign_hrnets(weights, backbones)
    found = {hrnet: recognise(weights, prefix=hrnet) for hrnet in assigned.values()}
    report = Report(
        layout=", ".join(dict.fromkeys(source.layout.name for source in found.values())),
        arch=", ".join(dict.fromkeys(source.arch_name for source in found.values())),
    )
    sources = {b: found[assigned[b]] if b in assigned else None for b in backbones}
    candidates = _fill(wanted, sources, report=report)
    outside = set.intersection(*({*source.outside} for source in found.values()))
    candidates = {n: Candidate(n, weights[n]) for n in wanted if n in outside} | candidates
    fitted = _take(candidates, wanted, report=report)
    unknown = outside.union(*(source.unplaced for source in found.values()))
    unknown -= {candidate.origin for candidate in candidates.values()}
    report.outcomes["unexpected"] += sorted(unknown)
    heads = {candidates[name].origin: weight for name, weight in fitted.items()}
    known = "dataset_meta" in (content.get("meta") or ())
    report.notes += notes_on_names(report.layout, heads, known=known)
    return fitted, report


def _fill(
    wanted: Weights, sources: Mapping[str, FoundHRNet | None], *, report: Report
) -> Candidates:
    """Collect the weights for each backbone that they fill, and note why they do not fill others.

    Raises:
        CheckpointError: They fill no backbone.
    """
    candidates: Candidates = {}
    problems: dict[str, str] = {}
    for backbone, source in sources.items():
        if source is None:
            problems[backbone] = "the file has no HRNet of this name"
            continue
        proposed = candidates_for(source, backbone=backbone, names=wanted.keys())
        if problem := misfit(proposed, wanted, backbone=backbone):
            problems[backbone] = f"its HRNet ({source.arch_name}) {problem}"
        else:
            candidates |= proposed
    if not candidates:
        raise CheckpointError(next(iter(problems.values())))
    for backbone, problem in problems.items():
        report.notes.append(f"not filled: {backbone.removesuffix('.')}: {problem}")
    if len(sources) > 1:
        filled = [backbone.removesuffix(".") for backbone in sources if backbone not in problems]
        report.notes.append(f"filled: {', '.join(filled)}")
    return candidates


def _take(candidates: Candidates, wanted: Weights, *, report: Report) -> dict[str, Tensor]:
    """Return the weights that a model takes, and report what is loaded, converted or left out."""
    outcomes, taken = report.outcomes, {}
    for name in [name for name in candidates if name in wanted]:
        candidate, shape = candidates[name], tuple(wanted[name].shape)
        if candidate.weight.shape == shape:
            taken[name] = candidate.weight
            outcomes["converted" if candidate.reason else "loaded"].append(name)
        else:
            outcomes["mismatch"].append(name)
            shapes = f"{tuple(candidate.weight.shape)}, the model {shape}"
            report.notes.append(f"mismatch: {name} has {shapes}: initialised anew")
    used = {candidate.origin for name, candidate in candidates.items() if name in wanted}
    origins = dict.fromkeys(candidate.origin for candidate in candidates.values())
    outcomes["dropped"] += [origin for origin in origins if origin not in used]
    outcomes["missing"] += [name for name in wanted if name not in candidates]
    report.add_reasons(candidate.reason for candidate in candidates.values() if candidate.reason)
    return taken
