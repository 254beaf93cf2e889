"""Fits the weights of a public file to a model at hand."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from hrnet_mm.checkpoint.convert import TRUNK, Whole, from_whole, to_whole
from hrnet_mm.checkpoint.recognise import Recognised, Weights, find_weights, recognise
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone

_DATA_PARALLEL = "module."
_SHOWN = 3  # names in an error


def trunk_path(model: nn.Module) -> str | None:
    """Return where a model has its `HRNetBackbone`: "" if it is one, None if it has none."""
    paths = (path for path, module in model.named_modules() if isinstance(module, HRNetBackbone))
    return next(paths, None)


def needs_fitting(model: nn.Module, content: Mapping[str, Any]) -> bool:
    """Tell whether a model has an `HRNetBackbone`, and these are not just its own weights.

    Raises:
        CheckpointError: Nothing in the file is a weight.
    """
    if trunk_path(model) is None:
        return False
    given = {
        name.removeprefix(_DATA_PARALLEL): weight.shape
        for name, weight in find_weights(content).items()
    }
    return any(given.get(name) != weight.shape for name, weight in model.state_dict().items())


def fit(model: nn.Module, content: Mapping[str, Any]) -> tuple[dict[str, Tensor], Report]:
    """Convert the weights of a loaded file to those of a model that has an `HRNetBackbone`.

    Weights of the head that have other shapes, as of another number of classes, are left out, so
    that the model keeps those it was initialised with.

    Args:
        model: The model, or the backbone alone.
        content: Of the file.

    Returns:
        The weights by the model's names, and what became of all.

    Raises:
        CheckpointError: There is no HRNet in the file, or one of another architecture, or one that
            lacks weights of the model's trunk.
    """
    found = recognise(find_weights(content))
    whole = to_whole(found)
    wanted = model.state_dict()
    path = trunk_path(model)
    assert path is not None, type(model)
    trunk = f"{path}." if path else ""
    weights = _named_for(wanted, _candidates(found, whole), trunk=trunk)

    report = Report(layout=found.layout.name, arch=found.arch_name)
    fates = report.fates
    fates["unexpected"] += whole.dropped
    fitted: dict[str, Tensor] = {}
    for name, (origin, weight) in weights.items():
        if name not in wanted:
            fates["dropped"].append(origin)
        elif wanted[name].shape != weight.shape:
            fates["mismatch"].append(name)
            shapes = f"{tuple(weight.shape)}, the model {tuple(wanted[name].shape)}"
            report.notes.append(f"mismatch: {name} has {shapes}: initialised anew")
        else:
            fates["converted" if origin in whole.converted else "loaded"].append(name)
            fitted[name] = weight
    fates["missing"] += [name for name in wanted if name not in weights]
    origins = [origin for origin, _ in weights.values()]
    report.add_reasons(whole.converted[name] for name in origins if name in whole.converted)
    _check_trunk(report, trunk=trunk)
    return fitted, report


def _candidates(found: Recognised, whole: Whole) -> list[dict[str, Tensor]]:
    """List the names that a model may have for a file's weights.

    Its own, if they are those of an OpenMMLab model; those of this package's models; those of the
    toolboxes' models in place of these.
    """
    candidates = [whole.weights, from_whole(whole.weights, "openmmlab")]
    if not found.layout.official:
        trunk = {TRUNK + name: weight for name, weight in found.trunk.items()}
        candidates.insert(0, trunk | found.others)
    return candidates


def _named_for(
    wanted: Weights, candidates: list[dict[str, Tensor]], *, trunk: str
) -> dict[str, tuple[str, Tensor]]:
    """Name weights as a model does, in the way that fits it best; give the name before beside each.

    Args:
        wanted: The model's weights.
        candidates: Weights by the names of a whole model; the first of equally good ones wins.
        trunk: What is before the trunk's names in this model.
    """
    owner = trunk.removesuffix(TRUNK) if trunk.endswith(TRUNK) else ""
    named = [
        {
            trunk + name.removeprefix(TRUNK) if name.startswith(TRUNK) else owner + name: (
                name,
                weight,
            )
            for name, weight in weights.items()
        }
        for weights in candidates
    ]
    return max(named, key=lambda names: len(names.keys() & wanted.keys()))


def _check_trunk(report: Report, *, trunk: str) -> None:
    """Refuse what would leave a part of the trunk as it was initialised.

    The first convolution may: a model for images of other channels has no use for the file's.

    Raises:
        CheckpointError: Weights of the trunk are missing or of other shapes.
    """
    advice = {
        "mismatch": "give the backbone the arch of the file",
        "missing": "ask the backbone for no other out_indices than the file has, as (0,) for a "
        "pose model's, and for its conv_cfg and norm_cfg",
    }
    for fate, text in (("mismatch", "has other shapes of"), ("missing", "lacks")):
        names = [
            name
            for name in report.fates[fate]
            if name.startswith(trunk) and (fate, name) != ("mismatch", f"{trunk}conv1.weight")
        ]
        if names:
            raise CheckpointError(
                f"its HRNet ({report.arch}) {text} {len(names)} weights of the model's trunk, such "
                f"as {', '.join(names[:_SHOWN])}: {advice[fate]}"
            )
