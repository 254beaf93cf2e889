"""The toolboxes' own HRNets, as references."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

TOOLBOXES = ("mmpose", "mmdet", "mmpretrain", "mmseg")
# One of each depth: those that are not here differ from w18 in width alone.
DEPTHS = ("w18_small_v1", "w18_small_v2", "w18")
UPSAMPLE = {"mmpose": "nearest", "mmdet": "nearest", "mmpretrain": "nearest", "mmseg": "bilinear"}


def stock_hrnet(toolbox: str, extra: Mapping[str, Any], **options: Any) -> nn.Module:
    """Build a toolbox's HRNet with all four outputs."""
    extra = {name: dict(stage) for name, stage in extra.items()}
    cls = import_module(f"{toolbox}.models.backbones").HRNet
    if toolbox == "mmpose":
        extra["stage4"]["multiscale_output"] = True
    if toolbox == "mmdet":
        options.setdefault("norm_eval", False)
    return cls(extra=extra, **options)


def randomise(model: nn.Module) -> None:
    """Give norms running statistics and weights that are not those of a new model."""
    for name, tensor in model.state_dict().items():
        if name.endswith("running_var") or (name.endswith("weight") and tensor.ndim == 1):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith(("running_mean", "bias")):
            tensor.normal_(std=0.1)


def outputs_and_gradients(
    model: nn.Module, inputs: Tensor | Sequence[Tensor]
) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Run a model on copies of the inputs; return the outputs and all gradients by name."""
    single = isinstance(inputs, Tensor)
    copies = [x.clone().requires_grad_() for x in ([inputs] if single else inputs)]
    outputs = list(model(copies[0] if single else tuple(copies)))
    weights = [torch.linspace(-1, 1, y.numel()).view_as(y) for y in outputs]
    torch.stack([(y * w).sum() for y, w in zip(outputs, weights, strict=True)]).sum().backward()
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    for i, x in enumerate(copies):
        assert x.grad is not None
        gradients[f"input {i}"] = x.grad
    return outputs, gradients


def assert_equal(ours: Sequence[Tensor], stock: Sequence[Tensor]) -> None:
    """Check that there are as many and that they are the same, to the last bit."""
    assert len(ours) == len(stock)
    for a, b in zip(ours, stock, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def count_parameters(module: nn.Module) -> int:
    """Count the trained numbers of a module."""
    return sum(p.numel() for p in module.parameters())
