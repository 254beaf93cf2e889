"""Fits the weights of a public file to a model at hand."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from hrnet_mm.checkpoint.convert import TRUNK, from_whole, to_whole
from hrnet_mm.checkpoint.recognise import Weights, find_weights, recognise
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.compat.checkpoint_loading import CheckpointError
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
    weights = _named_for(wanted, whole.weights, trunk=trunk)

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


def _named_for(
    wanted: Weights, whole: dict[str, Tensor], *, trunk: str
) -> dict[str, tuple[str, Tensor]]:
    """Name a whole model's weights as a model does; give this package's name beside each.

    A model has its heads as this package's configs build them, or as the toolboxes' do, whichever
    fits better.
    """
    owner = trunk.removesuffix(TRUNK) if trunk.endswith(TRUNK) else None
    candidates = []
    for target in ("hrnet_mm", "openmmlab"):
        named = {}
        for name, weight in from_whole(whole, target).items():
            if name.startswith(TRUNK):
                named[trunk + name.removeprefix(TRUNK)] = (name, weight)
            else:
                named[name if owner is None else owner + name] = (name, weight)
        candidates.append(named)
    return max(candidates, key=lambda named: len(named.keys() & wanted.keys()))


def _check_trunk(report: Report, *, trunk: str) -> None:
    """Refuse what would leave a part of the trunk as it was initialised.

    Raises:
        CheckpointError: Weights of the trunk are missing or of other shapes.
    """
    names = {
        fate: [name for name in report.fates[fate] if name.startswith(trunk)]
        for fate in ("missing", "mismatch")
    }
    for fate, text in (("mismatch", "has other shapes of"), ("missing", "lacks")):
        if names[fate]:
            raise CheckpointError(
                f"its HRNet ({report.arch}) {text} {len(names[fate])} weights of the model's "
                f"trunk, such as {', '.join(names[fate][:_SHOWN])}: give the backbone the file's "
                "arch, and out_indices=(0,) if it is of a pose model"
            )
