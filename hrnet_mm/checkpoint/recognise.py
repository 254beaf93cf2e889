"""Finds the HRNet in a file: what wraps it, its architecture and its layout, from keys and shapes.

The name of the file plays no part.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from hrnet_mm.checkpoint.layouts import Layout, layout_of
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models.arch import ARCHS, HRNetArch, StageArch

BACKBONE = "backbone."  # before the backbone's names in OpenMMLab's models
# Below these keys training scripts put the weights; timm evaluates the averaged ones.
_NESTED_IN = ("state_dict_ema", "state_dict", "model_state_dict", "ema_state_dict", "model", "net")
_LAST_STAGE = "stage4.0.branches.3.0.conv1.weight"  # which no other network has
_BACKBONE_NAME = re.compile(r"(conv|bn)[12]\.|(layer1|transition[1-3]|stage[2-4])\.")
_FUSE_ROW = re.compile(r"stage4\.(\d+)\.fuse_layers\.(\d+)\.")

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class FoundHRNet:
    """An HRNet found in a file, and the model that it is the backbone of.

    Attributes:
        layout: How the file names the model's weights.
        arch: The architecture of the HRNet.
        backbone: The HRNet's weights, by official name.
        others: The model's other weights, by the file's names without the prefix of the model.
        outside: Names in the file of weights that are no part of the model.
    """

    layout: Layout
    arch: HRNetArch
    backbone: Weights
    others: Weights
    outside: tuple[str, ...]

    @property
    def arch_name(self) -> str:
        """The name of the architecture in `ARCHS`, or "custom architecture"."""
        names = (name for name, arch in ARCHS.items() if arch == self.arch)
        return next(names, "custom architecture")

    @property
    def out_indices(self) -> tuple[int, ...]:
        """The branches that the last module of stage 4 fuses to."""
        last = self.arch.stage4.modules - 1
        rows = filter(None, map(_FUSE_ROW.match, self.backbone))
        return tuple(sorted({int(row[2]) for row in rows if int(row[1]) == last}))

    @property
    def unplaced(self) -> dict[str, Tensor]:
        """Those of ``others`` that have no canonical name."""
        return {n: w for n, w in self.others.items() if self.layout.canonical_name(n) is None}


def find_weights(content: Any) -> Weights:
    """Return the tensors of a loaded file, from below whatever keys a training script made.

    Raises:
        CheckpointError: There are none.
    """
    for key in _NESTED_IN:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            return find_weights(content[key])
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


def hrnet_prefixes(weights: Weights) -> list[str]:
    """List what is before the names of each HRNet in a file, such as "student.backbone."."""
    return sorted(
        name.removesuffix(_LAST_STAGE) for name in weights if f".{name}".endswith(f".{_LAST_STAGE}")
    )


def model_prefix(hrnet: str) -> str:
    """Return what is before the names of the model that the HRNet of a prefix is the backbone of.

    It is the HRNet's own prefix where that does not end in "backbone.".
    """
    return hrnet.removesuffix(BACKBONE) if f".{hrnet}".endswith(f".{BACKBONE}") else hrnet


def recognise(weights: Weights, *, prefix: str | None = None) -> FoundHRNet:
    """Find an HRNet among the weights of a file.

    Args:
        weights: By the file's names.
        prefix: Which of `hrnet_prefixes`; None for the only one.

    Raises:
        CheckpointError: There is none, or more than one, or one that is not whole.
    """
    prefixes = hrnet_prefixes(weights)
    if not prefixes:
        raise CheckpointError(f"it holds no HRNet but {_shortened(weights)}")
    if prefix is None and len(prefixes) > 1:
        raise CheckpointError(f"it holds several HRNets, below {prefixes}")
    prefix = prefixes[0] if prefix is None else prefix
    model = model_prefix(prefix)
    other_models = (model_prefix(other) for other in prefixes if other != prefix)
    elsewhere = tuple(other for other in other_models if not model.startswith(other))
    inside, outside = {}, []
    for name, weight in weights.items():
        if name.startswith(model) and not name.startswith(elsewhere):
            inside[name.removeprefix(model)] = weight
        else:
            outside.append(name)
    backbone_prefix = prefix.removeprefix(model)  # "backbone." or nothing
    backbone, others = {}, {}
    for name, weight in inside.items():
        official_name = name.removeprefix(backbone_prefix)
        if name.startswith(backbone_prefix) and _BACKBONE_NAME.match(official_name):
            backbone[official_name] = weight
        else:
            others[name] = weight
    return FoundHRNet(
        layout=layout_of(inside),
        arch=_architecture(backbone),
        backbone=backbone,
        others=others,
        outside=tuple(outside),
    )


_CONVOLUTION = re.compile(r"stage([1-4])\.(\d+)\.branches\.(\d+)\.(\d+)\.(conv\d)\.weight")


def _architecture(backbone: Weights) -> HRNetArch:
    """Read depths and widths off the residual blocks.

    Raises:
        CheckpointError: Blocks are missing or none, so that there is no such architecture.
    """
    stages = defaultdict(dict)  # number: {(module, branch, block, convolution): channels}
    for name, weight in backbone.items():
        if found := _CONVOLUTION.fullmatch(name.replace("layer1.", "stage1.0.branches.0.")):
            if weight.ndim != 4:
                raise CheckpointError(f"its HRNet is damaged: {name} is no convolution's weight")
            stage, *place = map(int, found.group(1, 2, 3, 4))
            stages[stage][*place, found[5]] = len(weight)
    try:
        return HRNetArch(**{f"stage{number}": _stage(stages[number]) for number in range(1, 5)})
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"its HRNet is not whole ({error})") from error


def _stage(channels: Mapping[tuple[int, int, int, str], int]) -> StageArch:
    branches = _count(branch for _, branch, _, _ in channels)
    return StageArch(
        modules=_count(module for module, _, _, _ in channels),
        block="bottleneck" if any(conv == "conv3" for *_, conv in channels) else "basic",
        blocks=tuple(
            _count(block for _, branch, block, _ in channels if branch == i)
            for i in range(branches)
        ),
        channels=tuple(channels[0, i, 0, "conv1"] for i in range(branches)),
    )


def _count(numbers: Iterable[int]) -> int:
    return max(numbers, default=-1) + 1
