"""The fusion of the branches, HRNet's exchange unit, in the form in which it runs fastest."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from copy import deepcopy
from itertools import chain as joined
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hrnet_mm.deploy.norms import is_plain
from hrnet_mm.models.layers import HRModule


class InferenceHRModule(nn.Module):
    """An `HRModule` that gives the same with fewer convolutions.

    Args:
        module: The module whose layers it takes over, with its norms folded.
    """

    def __init__(self, module: HRModule) -> None:
        super().__init__()
        self.branches = module.branches
        self.out_branches = [int(i) for i in module.fuse_layers]
        self.interpolation = module.interpolation
        rows = [row.children() for row in module.fuse_layers.values()]
        self.readers = nn.ModuleList(Readers(column) for column in zip(*rows, strict=True))
        self.relu = module.relu
        self.train(module.training)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Map the feature maps of all branches to those of ``out_branches``."""
        branches = [blocks(x) for blocks, x in zip(self.branches, inputs, strict=True)]
        columns = [read(x) for read, x in zip(self.readers, branches, strict=True)]
        rows = zip(*columns, strict=True)
        return [self._fuse(i, terms) for i, terms in zip(self.out_branches, rows, strict=True)]

    def _fuse(self, i: int, terms: Sequence[Tensor]) -> Tensor:
        size = terms[i].shape[-2:]
        raised = [F.interpolate(x, size=size, **self.interpolation) for x in terms[i + 1 :]]
        first, second, *others = [*terms[: i + 1], *raised]
        out = first + second  # not in place, since other rows read the branches
        for term in others:
            out += term
        return self.relu(out)


class Readers(nn.Module):
    """Layers that read the same feature map, where first convolutions of one kind run as one.

    Args:
        layers: Each an identity or a sequence.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        chains = [list(_leaves(layer)) for layer in layers]
        by_kind: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index, chain in enumerate(chains):
            by_kind[_kind_of_first(chain) or index].append(index)
        self.siblings = [indices for indices in by_kind.values() if len(indices) > 1]
        self.merged = nn.ModuleList(
            MergedConvolutions([chains[index] for index in indices]) for indices in self.siblings
        )
        for index in joined.from_iterable(self.siblings):
            del chains[index][: 2 if _relu_follows(chains[index]) else 1]
        self.rests = nn.ModuleList(nn.Sequential(*chain) for chain in chains)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map the feature map to what each of the layers makes of it."""
        parts = [x] * len(self.rests)
        for indices, merged in zip(self.siblings, self.merged, strict=True):
            for index, part in zip(indices, merged(x), strict=True):
                parts[index] = part
        return [rest(part) for rest, part in zip(self.rests, parts, strict=True)]


class MergedConvolutions(nn.Module):
    """Convolutions of one kind that read the same, each with or each without a ReLU, as one.

    Args:
        chains: Layers of which the first is the convolution; those after the ReLU play no part.
    """

    def __init__(self, chains: Sequence[Sequence[nn.Module]]) -> None:
        super().__init__()
        convs: list[Any] = [chain[0] for chain in chains]
        self.widths = [conv.out_channels for conv in convs]
        self.conv = deepcopy(convs[0])
        self.conv.out_channels = sum(self.widths)
        self.conv.weight = _concatenated([conv.weight for conv in convs])
        if self.conv.bias is not None:
            self.conv.bias = _concatenated([conv.bias for conv in convs])
        self.activate = chains[0][1] if _relu_follows(chains[0]) else nn.Identity()

    def forward(self, x: Tensor) -> Sequence[Tensor]:
        """Map a feature map to one for each of the convolutions."""
        return self.activate(self.conv(x)).split(self.widths, dim=1)


def _leaves(layer: nn.Module) -> Iterator[nn.Module]:
    """Iterate over the layers of nested sequences, without those that do nothing."""
    if isinstance(layer, nn.Sequential):
        for child in layer:
            yield from _leaves(child)
    elif not isinstance(layer, nn.Identity):
        yield layer


def _kind_of_first(chain: Sequence[nn.Module]) -> Hashable:
    """Return what is equal for convolutions that can run as one; None without a convolution."""
    conv = chain[0] if chain else None
    if not isinstance(conv, nn.Conv2d) or not is_plain(conv) or conv.groups > 1:
        return None
    geometry = conv.kernel_size, conv.stride, conv.padding, conv.padding_mode, conv.dilation
    return geometry, conv.bias is None, _relu_follows(chain)


def _relu_follows(chain: Sequence[nn.Module]) -> bool:
    return len(chain) > 1 and isinstance(chain[1], nn.ReLU)


def _concatenated(parameters: Sequence[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.cat(list(parameters)), requires_grad=False)
