"""The inference graph: a model that gives the same results with fewer operations."""

from copy import deepcopy
from typing import Any, TypeVar

from torch import nn

from hrnet_mm.deploy.exchange import InferenceHRModule
from hrnet_mm.deploy.norms import fold_norms
from hrnet_mm.errors import UserError
from hrnet_mm.models import HRNetBackbone
from hrnet_mm.models.layers import HRModule

Model = TypeVar("Model", bound=nn.Module)


def inference_graph(model: Model) -> Model:
    """Return a copy of a model for inference, which gives the same results faster.

    Batch norms are folded into the convolutions before them, in necks and heads too. In exchange
    units, upsampled feature maps are added on the way up where that is exact. So outputs differ by
    rounding alone, at most 1e-5 of the largest activation. The copy takes images of any size,
    cannot be trained, and has other parameters, so that no checkpoint fits it.

    Args:
        model: Any model with an `HRNetBackbone`, such as a toolbox's; it stays as it is.

    Returns:
        The copy, in eval mode.

    Raises:
        UserError: There is no `HRNetBackbone` in the model.
    """
    if not _hrnets(model):
        raise UserError(
            f"{type(model).__name__} has no HRNetBackbone: only for models with one is there an "
            "inference graph"
        )
    graph = deepcopy(model).eval().requires_grad_(False)
    module: Any
    for module in graph.modules():
        if hasattr(module, "with_cp"):  # there are no gradients for which to save memory
            module.with_cp = False
    fold_norms(graph)
    for backbone in _hrnets(graph):
        for stage in (backbone.stage2, backbone.stage3, backbone.stage4):
            for name, module in stage.named_children():
                if isinstance(module, HRModule):  # not where the model is such a graph already
                    setattr(stage, name, InferenceHRModule(module))
    return graph


def _hrnets(model: nn.Module) -> list[HRNetBackbone]:
    return [module for module in model.modules() if isinstance(module, HRNetBackbone)]
