"""Which of a file's HRNets each backbone of a model gets, and what the model calls its weights."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from hrnet_mm.checkpoint.convert import TRUNK, Whole, from_whole, to_whole
from hrnet_mm.checkpoint.recognise import Recognised, Weights, nets_in, recognise, wrapper_of
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone

_SHOWN = 3  # names in an error

Named = dict[str, tuple[str, Tensor]]  # by the model's names: the name before, and the weight


@dataclass(frozen=True, kw_only=True)
class Source:
    """An HRNet of a file, and the whole model that it is the backbone of."""

    found: Recognised
    whole: Whole

    @classmethod
    def of(cls, weights: Weights, *, net: str) -> "Source":
        """Find the HRNet of this name."""
        found = recognise(weights, net=net)
        return cls(found=found, whole=to_whole(found))

    @property
    def unplaced(self) -> set[str]:
        """Names of its model's weights that have no place in this package's models."""
        return set(self.whole.dropped) - set(self.found.outside)


def trunks_of(model: nn.Module) -> list[str]:
    """List what is before the names of each `HRNetBackbone` of a model: "" if it is one itself."""
    return [
        f"{path}." if path else ""
        for path, module in model.named_modules(remove_duplicate=False)
        if isinstance(module, HRNetBackbone)
    ]


def placed(weights: Weights, *, trunks: Sequence[str]) -> tuple[Weights, dict[str, str]]:
    """Tell which HRNet of a file each backbone of a model gets.

    One alone is for all. Several go by their names, up to one prefix that all names of the file
    have beside the model's, or lack.

    Args:
        weights: Of the file.
        trunks: What is before the names of each backbone of the model.

    Returns:
        The weights without or with that prefix; what is before the names of the HRNet of each
        trunk, for those that get one.

    Raises:
        CheckpointError: There is no HRNet, or none of several is for a backbone of its name.
    """
    nets = nets_in(weights)
    if len(nets) < 2:
        return weights, dict.fromkeys(trunks, "".join(nets))
    removed, added = _prefixes(nets, trunks)
    moved = {
        added + name.removeprefix(removed): weight
        for name, weight in weights.items()
        if name.startswith(removed)
    }
    return moved, {trunk: trunk for trunk in trunks if trunk in nets_in(moved)}


def _prefixes(nets: Sequence[str], trunks: Sequence[str]) -> tuple[str, str]:
    """Find the prefix to remove or to add that gives most nets the name of a trunk."""
    ways: Counter[tuple[str, str]] = Counter()
    for trunk in trunks:
        for net in nets:
            if f".{net}".endswith(f".{trunk}"):
                ways[net.removesuffix(trunk), ""] += 1
            elif f".{trunk}".endswith(f".{net}"):
                ways["", trunk.removesuffix(net)] += 1
    best = [way for way, number in ways.items() if number == max(ways.values())]
    if ("", "") in best:
        return "", ""
    if len(best) == 1:
        return best[0]
    place = str(list(trunks)) if any(trunks) else "no prefix"
    choices = sorted({*nets, *map(wrapper_of, nets)} - {""})
    raise CheckpointError(
        f"it holds several HRNets, below {list(nets)}, and the model has its own below {place}: "
        "choose with init_cfg=dict(type='Pretrained', checkpoint=..., prefix=...), where the "
        f"prefix is one of {choices}"
    )


def named_for(wanted: Weights, source: Source, *, trunk: str) -> Named:
    """Name a file's weights as a model does, in the way that fits it best.

    Args:
        wanted: The model's weights.
        source: The file's.
        trunk: What is before the names of this backbone of the model.
    """
    ends = [i + 1 for i, letter in enumerate(trunk[:-1]) if letter == "."]
    owners = [trunk[:end] for end in reversed(ends)] + [""]  # the nearest first
    ways = [
        _moved(weights, trunk=trunk, owner=owner)
        for weights in _spellings(source)
        for owner in owners
    ]
    return max(ways, key=lambda named: len(named.keys() & wanted.keys()))


def _spellings(source: Source) -> list[dict[str, Tensor]]:
    """List the names that a whole model may have for a file's weights.

    Its own, if they are those of an OpenMMLab model; those of this package's models; those of the
    toolboxes' models in place of these.
    """
    found, whole = source.found, source.whole
    spellings = [whole.weights, from_whole(whole.weights, "openmmlab")]
    if not found.layout.official:
        trunk = {TRUNK + name: weight for name, weight in found.trunk.items()}
        spellings.insert(0, trunk | found.others)
    return spellings


def _moved(weights: Weights, *, trunk: str, owner: str) -> Named:
    return {
        trunk + name.removeprefix(TRUNK) if name.startswith(TRUNK) else owner + name: (name, weight)
        for name, weight in weights.items()
    }


def misfit(named: Named, wanted: Weights, *, trunk: str) -> str | None:
    """Say what would leave a part of a backbone as it was initialised, None if nothing would.

    The first convolution may: a model for images of other channels has no use for the file's.
    """
    inside = [name for name in wanted if name.startswith(trunk)]
    missing = [name for name in inside if name not in named]
    reshaped = [
        name
        for name in inside
        if name in named
        and named[name][1].shape != wanted[name].shape
        and name != f"{trunk}conv1.weight"
    ]
    for names, text, advice in (
        (reshaped, "has other shapes of", "give the backbone the arch of the file"),
        (
            missing,
            "lacks",
            "ask the backbone for no other out_indices than the file has, as (0,) for a pose "
            "model's, and for its conv_cfg and norm_cfg",
        ),
    ):
        if names:
            return (
                f"{text} {len(names)} weights of the model's trunk, such as "
                f"{', '.join(names[:_SHOWN])}: {advice}"
            )
    return None


def part_without_net(weights: Weights, wanted: Weights, *, trunks: Sequence[str]) -> Named:
    """Name a part of a model without an HRNet, as a head, as the model does.

    Where a model has several whole models with a backbone each, the part is for all.

    Returns:
        Nothing where the file holds an HRNet, or another net in a backbone's place, or no weight of
        the model.
    """
    if nets_in(weights):
        return {}
    wholes = [wrapper_of(trunk) for trunk in trunks if wrapper_of(trunk) != trunk]
    named: Named = {}
    for owner in dict.fromkeys(["", *wholes]):
        named |= {owner + name: (name, weight) for name, weight in weights.items()}
    if any(name.startswith(tuple(trunks)) for name in named.keys() - wanted.keys()):
        return {}
    return {name: entry for name, entry in named.items() if name in wanted}
