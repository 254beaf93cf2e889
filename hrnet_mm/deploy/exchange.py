"""The fusion of the branches, HRNet's exchange unit, in the form in which it runs fastest."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from copy import deepcopy
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx.experimental.symbolic_shapes import statically_known_true
from torch.nn import functional as F

from hrnet_mm.deploy.norms import is_plain
from hrnet_mm.models.layers import HRModule


class InferenceHRModule(nn.Module):
    """An `HRModule` that gives the same with fewer operations.

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
        raised = raise_to(size, terms[i + 1 :], **self.interpolation)
        summands = chain(terms[: i + 1], raised)
        out = next(summands) + next(summands)  # a new tensor, which the others are added to
        for term in summands:
            out += term
        return self.relu(out)


def raise_to(
    size: Sequence[int], terms: Sequence[Tensor], *, mode: str, align_corners: bool | None
) -> Iterator[Tensor]:
    """Upsample feature maps to one size, by way of the next higher resolution where that is exact.

    They are added on the way. It is exact for nearest neighbours if that resolution is twice the
    lower one, as ⌊⌊x⌋ / 2⌋ = ⌊x / 2⌋; not from 2 by way of 3 to 5 pixels, nor for bilinear
    interpolation. Sizes that an export leaves open go the direct way, so that it holds for all.

    Args:
        size: Height and width.
        terms: Feature maps of as many channels, highest resolution first.
        mode: Argument of ``F.interpolate``.
        align_corners: The same.

    Yields:
        Feature maps of that size, with the sum of the upsampled terms.
    """
    upsample = partial(F.interpolate, mode=mode, align_corners=align_corners)
    lower: Tensor | None = None
    for term in reversed(terms):
        if lower is None:
            lower = term
        elif mode == "nearest" and _is_double(term.shape[-2:], of=lower.shape[-2:]):
            lower = term + upsample(lower, size=term.shape[-2:])
        else:
            yield upsample(lower, size=size)
            lower = term
    if lower is not None:
        yield upsample(lower, size=size)


def _is_double(size: Sequence[int], *, of: Sequence[int]) -> bool:
    return all(statically_known_true(a == 2 * b) for a, b in zip(size, of, strict=True))


class Readers(nn.Module):
    """Layers that read the same feature map, where first convolutions of one kind run as one.

    Args:
        layers: Each an identity or a sequence.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        paths = [list(_leaves(layer)) for layer in layers]
        by_kind: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index, path in enumerate(paths):
            by_kind[_kind_of_first(path) or index].append(index)
        self.siblings = [indices for indices in by_kind.values() if len(indices) > 1]
        self.merged = nn.ModuleList(
            MergedConvolutions([paths[index] for index in indices]) for indices in self.siblings
        )
        for index in chain.from_iterable(self.siblings):
            del paths[index][: 2 if _relu_follows(paths[index]) else 1]
        self.rests = nn.ModuleList(nn.Sequential(*path) for path in paths)

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
        paths: The layers that begin with each of them; those after a ReLU play no part.
    """

    def __init__(self, paths: Sequence[Sequence[nn.Module]]) -> None:
        super().__init__()
        convs: list[Any] = [path[0] for path in paths]
        self.widths = [conv.out_channels for conv in convs]
        self.conv = deepcopy(convs[0])
        self.conv.out_channels = sum(self.widths)
        self.conv.weight = _concatenated([conv.weight for conv in convs])
        if self.conv.bias is not None:
            self.conv.bias = _concatenated([conv.bias for conv in convs])
        self.activate = paths[0][1] if _relu_follows(paths[0]) else nn.Identity()

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


def _kind_of_first(path: Sequence[nn.Module]) -> Hashable:
    """Return what is equal for convolutions that can run as one; None without a convolution."""
    conv = path[0] if path else None
    if not isinstance(conv, nn.Conv2d) or not is_plain(conv) or conv.groups > 1:
        return None
    geometry = conv.kernel_size, conv.stride, conv.padding, conv.padding_mode, conv.dilation
    return geometry, conv.bias is None, _relu_follows(path)


def _relu_follows(path: Sequence[nn.Module]) -> bool:
    return len(path) > 1 and isinstance(path[1], nn.ReLU)


def _concatenated(parameters: Sequence[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.cat(list(parameters)), requires_grad=False)
