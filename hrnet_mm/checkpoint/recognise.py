"""Finds the HRNet in a file: what wraps it, its architecture and its layout, from keys and shapes.

The name of the file plays no part.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from hrnet_mm.checkpoint.layouts import LAYOUTS, Layout
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models.arch import ARCHS, HRNetArch, StageArch

# Below these keys training scripts put the weights; timm evaluates the averaged ones.
_NESTS = ("state_dict_ema", "state_dict", "model_state_dict", "ema_state_dict", "model", "net")
_PROBE = "stage4.0.branches.3.0.conv1.weight"
_TRUNK = re.compile(r"(conv|bn)[12]\.|(layer1|transition[1-3]|stage[2-4])\.")
_ROW = re.compile(r"stage4\.(\d+)\.fuse_layers\.(\d+)\.")

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """An HRNet found in a file.

    Attributes:
        layout: How its head is named.
        arch: Its architecture.
        trunk: The trunk's weights, by official name.
        others: All other weights, without what wraps the model.
        outside: Names of weights that are no part of the model.
    """

    layout: Layout
    arch: HRNetArch
    trunk: dict[str, Tensor]
    others: dict[str, Tensor]
    outside: tuple[str, ...]

    @property
    def arch_name(self) -> str:
        """The name of the architecture, if it has one."""
        names = (name for name, arch in ARCHS.items() if arch == self.arch)
        return next(names, "of a width of its own")

    @property
    def out_indices(self) -> tuple[int, ...]:
        """The branches that the last module of stage 4 has rows for."""
        last = self.arch.stage4.modules - 1
        rows = {
            int(row[2]) for name in self.trunk if (row := _ROW.match(name)) and int(row[1]) == last
        }
        return tuple(sorted(rows))


def find_weights(content: Any) -> Weights:
    """Return the tensors of a loaded file, from below whatever keys a training script made.

    Raises:
        CheckpointError: There are none.
    """
    for nest in _NESTS:
        if isinstance(content, Mapping) and isinstance(content.get(nest), Mapping):
            return find_weights(content[nest])
    if isinstance(content, Mapping):
        weights = {
            name: value
            for name, value in content.items()
            if isinstance(name, str) and isinstance(value, Tensor)
        }
        if weights:
            return weights
    raise CheckpointError(f"it holds no weights but {_shortened(content)}")


def _shortened(content: Any) -> str:
    if isinstance(content, Mapping):
        return f"the keys {sorted(map(str, content))[:5]}"
    return f"an object of the type {type(content).__name__}"


def nets_in(weights: Weights) -> list[str]:
    """List what is before the names of each HRNet among these weights, as "student.backbone."."""
    return sorted(
        name.removesuffix(_PROBE) for name in weights if f".{name}".endswith(f".{_PROBE}")
    )


def wrapper_of(net: str) -> str:
    """Return what is before the names of the whole model that an HRNet is the backbone of."""
    return net.removesuffix("backbone.") if f".{net}".endswith(".backbone.") else net


def recognise(weights: Weights, *, net: str | None = None) -> Recognised:
    """Find an HRNet among these weights.

    Args:
        weights: By the file's names.
        net: Which of `nets_in`; None for the only one.

    Raises:
        CheckpointError: There is none, or more than one, or one that is not whole.
    """
    nets = nets_in(weights)
    if not nets:
        raise CheckpointError(f"it holds no HRNet but {_shortened(weights)}")
    if net is None and len(nets) > 1:
        raise CheckpointError(f"it holds several HRNets, below {nets}")
    prefix = nets[0] if net is None else net
    wrapper = wrapper_of(prefix)
    wrappers = (wrapper_of(other) for other in nets if other != prefix)
    elsewhere = tuple(other for other in wrappers if not wrapper.startswith(other))
    inside, outside = {}, []
    for name, weight in weights.items():
        if name.startswith(wrapper) and not name.startswith(elsewhere):
            inside[name.removeprefix(wrapper)] = weight
        else:
            outside.append(name)
    at = prefix.removeprefix(wrapper)
    trunk, others = {}, {}
    for name, weight in inside.items():
        bare = name.removeprefix(at)
        if name.startswith(at) and _TRUNK.match(bare):
            trunk[bare] = weight
        else:
            others[name] = weight
    return Recognised(
        layout=next(layout for layout in LAYOUTS if all(mark in inside for mark in layout.marks)),
        arch=_architecture(trunk),
        trunk=trunk,
        others=others,
        outside=tuple(outside),
    )


_BLOCK = re.compile(r"stage([2-4])\.(\d+)\.branches\.(\d+)\.(\d+)\.(conv\d)\.weight")
_BLOCK_1 = re.compile(r"layer1\.(\d+)\.(conv\d)\.weight")


def _architecture(trunk: Weights) -> HRNetArch:
    """Read depths and widths off the residual blocks.

    Raises:
        CheckpointError: Blocks are missing, so that there is no such architecture.
    """
    places = defaultdict(dict)  # stage: {(module, branch, block, convolution): channels}
    for name, weight in trunk.items():
        if found := _BLOCK_1.fullmatch(name):
            places[1][0, 0, int(found[1]), found[2]] = len(weight)
        elif found := _BLOCK.fullmatch(name):
            module, branch, block = map(int, found.group(2, 3, 4))
            places[int(found[1])][module, branch, block, found[5]] = len(weight)
    try:
        stages = {f"stage{number}": _stage(places[number]) for number in range(1, 5)}
        return HRNetArch(**stages)
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"its HRNet is not whole ({error})") from error


def _stage(places: Mapping[tuple[int, int, int, str], int]) -> StageArch:
    branches = _count(branch for _, branch, _, _ in places)
    return StageArch(
        modules=_count(module for module, _, _, _ in places),
        block="bottleneck" if any(conv == "conv3" for *_, conv in places) else "basic",
        blocks=tuple(
            _count(block for _, branch, block, _ in places if branch == i) for i in range(branches)
        ),
        channels=tuple(places[0, i, 0, "conv1"] for i in range(branches)),
    )


def _count(numbers: Iterable[int]) -> int:
    return max(numbers, default=-1) + 1
