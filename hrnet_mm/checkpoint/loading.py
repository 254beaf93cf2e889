"""Fits the weights of a public file to a model at hand."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from hrnet_mm.checkpoint.convert import TRUNK
from hrnet_mm.checkpoint.matching import (
    Named,
    Source,
    misfit,
    named_for,
    part_without_net,
    placed,
    trunks_of,
)
from hrnet_mm.checkpoint.metainfo import note_on_names
from hrnet_mm.checkpoint.recognise import Weights, find_weights, nets_in, wrapper_of
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.errors import CheckpointError

_DATA_PARALLEL = "module."


def needs_fitting(model: nn.Module, content: Mapping[str, Any]) -> bool:
    """Tell whether a model has an `HRNetBackbone`, and these are not just its own weights.

    Its own are all of its weights, or a part of them without an HRNet, as a head.

    Raises:
        CheckpointError: Nothing in the file is a weight.
    """
    trunks = trunks_of(model)
    if not trunks:
        return False
    weights = find_weights(content)
    given = {name.removeprefix(_DATA_PARALLEL): weight for name, weight in weights.items()}
    wanted = model.state_dict()
    if not nets_in(given):
        return not part_without_net(given, wanted, trunks=trunks).keys() & given.keys()
    return any(
        name not in given or given[name].shape != weight.shape for name, weight in wanted.items()
    )


def below(content: Mapping[str, Any], prefix: str) -> Weights:
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
    nets = nets_in(weights)
    if prefix == TRUNK and len(nets) == 1:
        return weights
    choices = {*nets, *map(wrapper_of, nets)} or {n.partition(".")[0] + "." for n in weights}
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
        The weights by the model's names, and what became of all.

    Raises:
        CheckpointError: No backbone of the model can be filled: there is no HRNet in the file, or
            one of another architecture, or one that lacks weights of the model's trunk, or several
            of other names.
    """
    given, wanted = find_weights(content), model.state_dict()
    trunks = trunks_of(model)
    assert trunks, type(model)
    part = part_without_net(given, wanted, trunks=trunks)
    if part:
        report = Report(layout="no", arch="no HRNet")
        return _sorted_out(part, wanted, report=report), report
    given, net_of = placed(given, trunks=trunks)
    sources = {net: Source.of(given, net=net) for net in dict.fromkeys(net_of.values())}
    report = Report(
        layout=_each_once(source.found.layout.name for source in sources.values()),
        arch=_each_once(source.found.arch_name for source in sources.values()),
    )
    named = _filled(
        wanted,
        {trunk: sources[net_of[trunk]] if trunk in net_of else None for trunk in trunks},
        report=report,
    )
    outside = set.intersection(*(set(source.found.outside) for source in sources.values()))
    unplaced = {name for source in sources.values() for name in source.unplaced}
    report.fates["unexpected"] += sorted(unplaced | outside - wanted.keys())
    named = {name: (name, given[name]) for name in wanted if name in outside} | named
    converted = {n: r for source in sources.values() for n, r in source.whole.converted.items()}
    fitted = _sorted_out(named, wanted, converted=converted, report=report)
    heads = {named[name][0]: weight for name, weight in fitted.items()}
    known = "dataset_meta" in (content.get("meta") or ())
    note = note_on_names(report.layout, heads, known=known)
    report.notes += [note] if note else []
    return fitted, report


def _each_once(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _filled(wanted: Weights, sources: Mapping[str, Source | None], *, report: Report) -> Named:
    """Name the weights for each backbone that they fill, and note what the others stay as.

    Args:
        wanted: The model's weights.
        sources: What each backbone gets, by what is before its names.
        report: Gets the notes.

    Raises:
        CheckpointError: They fill no backbone.
    """
    named: Named = {}
    problems: dict[str, str] = {}
    for trunk, source in sources.items():
        if source is None:
            problems[trunk] = "the file has no HRNet of this name"
            continue
        part = named_for(wanted, source, trunk=trunk)
        problem = misfit(part, wanted, trunk=trunk)
        if problem is None:
            named |= part
        else:
            problems[trunk] = f"its HRNet ({source.found.arch_name}) {problem}"
    if not named:
        raise CheckpointError(next(iter(problems.values())))
    for trunk, problem in problems.items():
        report.notes.append(f"not filled: {trunk.removesuffix('.')}: {problem}")
    if len(sources) > 1:
        filled = [trunk.removesuffix(".") for trunk in sources if trunk not in problems]
        report.notes.append(f"filled: {', '.join(filled)}")
    return named


def _sorted_out(
    named: Named, wanted: Weights, *, report: Report, converted: Mapping[str, str] = {}
) -> dict[str, Tensor]:
    """Return the weights that a model takes, and report what becomes of all."""
    fates, fitted = report.fates, {}
    dropped: list[str] = []
    for name, (origin, weight) in named.items():
        if name not in wanted:
            dropped.append(origin)
        elif wanted[name].shape != weight.shape:
            fates["mismatch"].append(name)
            shapes = f"{tuple(weight.shape)}, the model {tuple(wanted[name].shape)}"
            report.notes.append(f"mismatch: {name} has {shapes}: initialised anew")
        else:
            fates["converted" if origin in converted else "loaded"].append(name)
            fitted[name] = weight
    used = {origin for name, (origin, _) in named.items() if name in wanted}
    fates["dropped"] += dict.fromkeys(origin for origin in dropped if origin not in used)
    fates["missing"] += [name for name in wanted if name not in named]
    origins = [origin for origin, _ in named.values()]
    report.add_reasons(converted[name] for name in origins if name in converted)
    return fitted
