"""The fusion of the branches, HRNet's exchange unit, in the form in which it runs fastest."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from torch import Tensor, nn
from torch.fx.experimental.symbolic_shapes import statically_known_true
from torch.nn import functional as F

from hrnet_mm.models.layers import HRModule


class InferenceHRModule(nn.Module):
    """An `HRModule` that gives the same with fewer operations.

    Args:
        module: The module whose layers it takes over, with its norms folded.
    """

    def __init__(self, module: HRModule) -> None:
        super().__init__()
        self.branches = module.branches
        self.fuse_layers = module.fuse_layers
        self.interpolation = module.interpolation
        self.relu = module.relu
        self.train(module.training)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Map the feature maps of all branches to those that the module returns."""
        branches = [blocks(x) for blocks, x in zip(self.branches, inputs, strict=True)]
        return [self._fuse(int(i), row, branches) for i, row in self.fuse_layers.items()]

    def _fuse(self, i: int, row: nn.Module, branches: Sequence[Tensor]) -> Tensor:
        size = branches[i].shape[-2:]
        terms = [layer(x) for layer, x in zip(row.children(), branches, strict=True)]
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
