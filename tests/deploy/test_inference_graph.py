"""The inference graph gives the results of the model that it is made of, with fewer operations."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmcv.cnn import ConvModule
from mmcv.ops import ModulatedDeformConv2dPack
from mmengine.registry import MODELS, init_default_scope
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils._pytree import tree_leaves

from hrnet_mm.deploy.inference_graph import inference_graph
from hrnet_mm.errors import UserError
from hrnet_mm.models import ARCHS, HRNetArch, HRNetBackbone, HRNetClsNeck, HRNetV2, HRNetV2p
from tests.integration.toy import small_toy
from tests.models.stock import randomise

TINY = HRNetArch.of_width(4, stage1_channels=4, stage1_blocks=1, blocks=1, modules=(1, 1, 1))
UPSAMPLE = {
    "nearest": dict(upsample="nearest"),
    "bilinear": dict(upsample="bilinear"),
    "align_corners": dict(upsample="bilinear", align_corners=True),
}
NECKS: dict[str, Any] = {"HRNetV2": HRNetV2, "HRNetV2p": HRNetV2p, "HRNetClsNeck": HRNetClsNeck}
SIZES = [(64, 48), (67, 45), (1, 1)]
TOLERANCE = 1e-5  # of the largest activation


def of_type(model: nn.Module, kind: Any) -> list[nn.Module]:
    return [module for module in model.modules() if isinstance(module, kind)]


def assert_close(outputs: Any, expected: Any, *, tolerance: float = TOLERANCE) -> None:
    """Compare tensors in lists, tuples or dicts."""
    pairs = list(zip(tree_leaves(outputs), tree_leaves(expected), strict=True))
    assert pairs
    for x, wanted in pairs:
        assert x.shape == wanted.shape
        assert x.dtype == wanted.dtype
        assert wanted.isfinite().all()
        assert (x - wanted).abs().max() <= tolerance * wanted.abs().max()


def checked_graph(
    model: nn.Module,
    *,
    sizes: Sequence[tuple[int, int]] = SIZES,
    tolerance: float = TOLERANCE,
) -> nn.Module:
    """Make the inference graph, and compare it with the model, whose norms become random."""
    randomise(model)
    graph = inference_graph(model)
    model.eval()
    with torch.no_grad():
        for size in sizes:
            image = torch.randn(2, 3, *size)
            assert_close(graph(image), model(image), tolerance=tolerance)
    return graph


# The backbone and the necks


@pytest.mark.parametrize("upsample", UPSAMPLE)
@pytest.mark.parametrize("arch", ["w18_small_v1", "w18_small_v2"])
def test_backbone_gives_the_same(arch: str, upsample: str) -> None:
    graph = checked_graph(HRNetBackbone(arch, **UPSAMPLE[upsample]))
    assert of_type(graph, _BatchNorm) == []


@pytest.mark.parametrize("arch", [arch for arch in ARCHS if "small" not in arch])
def test_every_width_gives_the_same(arch: str) -> None:
    checked_graph(HRNetBackbone(arch), sizes=[(64, 48)])


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("norm", ["BN", None])
def test_necks_give_the_same(neck: str, norm: str | None) -> None:
    backbone = HRNetBackbone(TINY)
    norm_cfg = None if norm is None else dict(type=norm)
    model = nn.Sequential(backbone, NECKS[neck](backbone.out_channels, norm_cfg=norm_cfg))
    assert of_type(checked_graph(model), _BatchNorm) == []


@pytest.mark.parametrize("out_indices", [(0,), (3, 1), (2,)], ids=str)
def test_keeps_the_outputs_and_what_others_read_of_them(out_indices: tuple[int, ...]) -> None:
    model = HRNetBackbone(TINY, out_indices=out_indices)
    graph = checked_graph(model)
    assert isinstance(graph, HRNetBackbone)
    assert (graph.out_channels, graph.out_strides) == (model.out_channels, model.out_strides)


@pytest.mark.parametrize(
    "options",
    [
        dict(norm_cfg=dict(type="SyncBN")),
        dict(norm_cfg=dict(type="BN", eps=1e-2, affine=False)),
        dict(frozen_stages=2, norm_eval=True),
        dict(with_cp=True),
        dict(memory_format="channels_last"),
        dict(conv_cfg=dict(type="Conv")),
    ],
    ids=str,
)
def test_options_give_the_same(options: Any) -> None:
    model = HRNetBackbone(TINY, **options).train()
    graph = checked_graph(model)
    assert of_type(graph, _BatchNorm) == []
    assert not any(module.training for module in graph.modules())


@pytest.mark.parametrize(
    ("options", "norm"),
    [
        (dict(norm_cfg=dict(type="GN", num_groups=2)), nn.GroupNorm),
        (dict(norm_cfg=dict(type="BN", track_running_stats=False)), _BatchNorm),
        (dict(conv_cfg=dict(type="ConvWS")), _BatchNorm),
        (dict(conv_cfg=dict(type=ModulatedDeformConv2dPack, deform_groups=1)), _BatchNorm),
    ],
    ids=["GroupNorm", "statistics of the input", "weights computed at each call", "deformable"],
)
def test_what_cannot_be_folded_stays(options: Any, norm: Any) -> None:
    model = HRNetBackbone(TINY, **options)
    graph = checked_graph(model, sizes=[(256, 192), (260, 180)])
    assert len(of_type(graph, norm)) == len(of_type(model, norm))


def test_double_precision_stays_double() -> None:
    checked_graph(nn.Sequential(Double(), HRNetBackbone(TINY).double()), tolerance=1e-13)


class Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.double()


def test_the_model_stays_as_it_is() -> None:
    model = HRNetBackbone(TINY, with_cp=True).train()
    randomise(model)
    before, text = deepcopy(model.state_dict()), str(model)
    inference_graph(model)
    assert str(model) == text
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(module.training for module in model.modules())
    assert all(p.requires_grad for p in model.parameters())
    assert model.layer1[0].with_cp


def test_a_graph_is_its_own_graph() -> None:
    graph = checked_graph(HRNetBackbone(TINY))
    image = torch.randn(2, 3, 64, 48)
    assert_close(inference_graph(graph)(image), graph(image), tolerance=0)


def test_an_export_is_right_at_sizes_that_were_not_traced() -> None:
    model = HRNetBackbone(TINY)
    graph = checked_graph(model)
    height, width = torch.export.Dim("height", min=64), torch.export.Dim("width", min=64)
    sizes = ({0: torch.export.Dim("batch"), 2: height, 3: width},)
    program, plain = (
        torch.export.export(net, (torch.randn(2, 3, 96, 128),), dynamic_shapes=sizes)
        for net in (graph, model)
    )
    assert len(program.graph.nodes) < 0.6 * len(plain.graph.nodes)
    with torch.no_grad():
        for size in [(64, 64), (65, 97), (100, 75), (160, 224)]:
            image = torch.randn(1, 3, *size)
            assert_close(program.module()(image), model(image))


def test_needs_an_hrnet() -> None:
    with pytest.raises(UserError, match="Linear has no HRNetBackbone"):
        inference_graph(nn.Linear(1, 1))


# Heads


class WithHead(nn.Module):
    """A backbone, and modules that each read its first feature map."""

    def __init__(self, *heads: nn.Module) -> None:
        super().__init__()
        self.backbone = HRNetBackbone(TINY, out_indices=(0,))
        self.heads = nn.ModuleList(heads)

    def forward(self, x: Tensor) -> list[Tensor]:
        (x,) = self.backbone(x)
        return [head(x) for head in self.heads]


def shared_convolution() -> list[ConvModule]:
    """Two levels of a detection head with one convolution and norms of their own."""
    levels = [ConvModule(4, 4, 3, norm_cfg=dict(type="BN")) for _ in range(2)]
    levels[1].conv = levels[0].conv
    return levels


def shared_activation() -> nn.Sequential:
    relu = nn.ReLU()
    return nn.Sequential(relu, nn.Conv2d(4, 4, 3, padding=1), relu, nn.BatchNorm2d(4))


BN = dict(type="BN")
FOLDED = {
    "ConvModule": lambda: [ConvModule(4, 8, 3, padding=1, norm_cfg=BN)],
    "bias": lambda: [ConvModule(4, 8, 3, padding=1, bias=True, norm_cfg=BN)],
    "groups": lambda: [ConvModule(4, 8, 3, groups=2, padding=1, norm_cfg=BN)],
    "reflected border": lambda: [
        nn.Sequential(nn.Conv2d(4, 8, 3, padding=1, padding_mode="replicate"), nn.BatchNorm2d(8))
    ],
    "transposed": lambda: [nn.Sequential(nn.ConvTranspose2d(4, 8, 4, 2, 1), nn.BatchNorm2d(8))],
    "mmcv's efficient evaluation": lambda: [
        ConvModule(4, 8, 3, norm_cfg=BN, padding=1, efficient_conv_bn_eval=True)
    ],
    "shared convolution": shared_convolution,
}
LEFT = {
    "norm first": lambda: [ConvModule(4, 4, 3, norm_cfg=BN, order=("norm", "conv", "act"))],
    "activation between": lambda: [ConvModule(4, 4, 3, norm_cfg=BN, order=("conv", "act", "norm"))],
    "shared activation between": lambda: [shared_activation()],
    "spectral norm": lambda: [ConvModule(4, 4, 3, norm_cfg=BN, with_spectral_norm=True)],
    "norm alone": lambda: [nn.BatchNorm2d(4)],
    "transposed in groups": lambda: [
        nn.Sequential(nn.ConvTranspose2d(4, 4, 4, 2, 1, groups=2), nn.BatchNorm2d(4))
    ],
}


@pytest.mark.parametrize("head", FOLDED)
def test_norms_after_convolutions_of_heads_are_folded(head: str) -> None:
    graph = checked_graph(WithHead(*FOLDED[head]()), sizes=[(64, 48)])
    assert of_type(graph, _BatchNorm) == []


@pytest.mark.parametrize("head", LEFT)
def test_other_norms_of_heads_stay(head: str) -> None:
    graph = checked_graph(WithHead(*LEFT[head]()), sizes=[(64, 48)])
    assert len(of_type(graph, _BatchNorm)) == 1


# Models of the toolboxes


def raw_outputs(model: Any, image: Tensor) -> Any:
    """Return what a model's heads give before proposals are chosen, which rounding may change."""
    if not hasattr(model, "rpn_head"):
        return model(image, None, mode="tensor")
    maps = model.extract_feat(image)
    return model.rpn_head(maps), model.roi_head.bbox_head(torch.stack([maps[0][0, :, :7, :7]] * 2))


@pytest.mark.parametrize("task", ["pose", "seg", "det", "cls"])
def test_models_of_the_toolboxes_give_the_same(task: str) -> None:
    cfg = small_toy(task, Path("unused"))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    randomise(model)
    graph = inference_graph(model)
    model.eval()
    assert type(graph) is type(model)
    assert of_type(graph, _BatchNorm) == []
    image = torch.randn(1, 3, 96, 64)
    with torch.no_grad():
        assert_close(raw_outputs(graph, image), raw_outputs(model, image))
