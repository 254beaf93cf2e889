"""HRNetBackbone: shapes, gradients, freezing, activation checkpointing, norms, errors."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.model import ConstantInit, PretrainedInit, revert_sync_batchnorm
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.errors import UserError
from hrnet_mm.models import ARCHS, HRNetArch, HRNetBackbone, StageArch
from hrnet_mm.models.layers import BasicBlock, Bottleneck
from tests.models.stock import DEPTHS, count_parameters, randomise

SMALL = "w18_small_v1"
TINY = HRNetArch.of_width(2, stage1_channels=2, stage1_blocks=1, blocks=1, modules=(1, 1, 1))
OUT_INDICES = [(0,), (3,), (1, 3), (2, 0), (0, 1, 2, 3)]
SIZES = [(1, 1), (33, 97), (100, 75), (65, 65), (473, 473)]

# Backbone and pose model with 17 keypoints; hrnet_mm.models has one row less than the "W18" of the
# papers. Source: the official models made from their yaml; 28,536,113 and 63,595,745 are the
# published 28.5M and 63.6M of Sun et al. 2019, table 1.
POSE_PARAMETERS = {"w32": 28_536_113, "w48": 63_595_745}


def last_norm(block: BasicBlock | Bottleneck) -> nn.Module:
    """Return the norm before the sum."""
    return block.norm3 if isinstance(block, Bottleneck) else block.norm2


@pytest.mark.parametrize("upsample", ["nearest", "bilinear"])
@pytest.mark.parametrize("out_indices", OUT_INDICES, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_size_gives_the_promised_shapes(
    size: tuple[int, int], out_indices: tuple[int, ...], upsample: str
) -> None:
    model = HRNetBackbone(SMALL, out_indices=out_indices, upsample=upsample).eval()
    image = torch.randn(1, 3, *size)
    before = image.clone()
    with torch.no_grad():
        maps = model(image)
    assert isinstance(maps, tuple)
    height, width = size
    expected = [
        (1, 16 * 2**i, math.ceil(height / 2 ** (i + 2)), math.ceil(width / 2 ** (i + 2)))
        for i in out_indices
    ]
    assert [tuple(x.shape) for x in maps] == expected
    assert all(x.isfinite().all() for x in maps)
    assert torch.equal(image, before)


@pytest.mark.parametrize("arch", DEPTHS)
def test_properties_describe_the_maps(arch: str) -> None:
    height, width = 65, 97
    with torch.device("meta"):
        model = HRNetBackbone(arch, out_indices=(2, 3, 0)).eval()
        maps = model(torch.randn(1, 3, height, width))
    assert model.out_strides == (16, 32, 4)
    assert [tuple(x.shape[1:]) for x in maps] == [
        (channels, math.ceil(height / stride), math.ceil(width / stride))
        for channels, stride in zip(model.out_channels, model.out_strides, strict=True)
    ]


@pytest.mark.parametrize("out_indices", OUT_INDICES, ids=str)
@pytest.mark.parametrize("arch", DEPTHS)
def test_every_parameter_gets_a_gradient(arch: str, out_indices: tuple[int, ...]) -> None:
    model = HRNetBackbone(arch, out_indices=out_indices)
    maps = model(torch.randn(2, 3, 16, 16))
    torch.stack([x.square().mean() for x in maps]).sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("out_indices", OUT_INDICES, ids=str)
def test_fewer_outputs_have_the_same_values(out_indices: tuple[int, ...]) -> None:
    full = HRNetBackbone(SMALL).eval()
    randomise(full)
    part = HRNetBackbone(SMALL, out_indices=out_indices).eval()
    assert part.state_dict().keys() <= full.state_dict().keys()
    part.load_state_dict({name: full.state_dict()[name] for name in part.state_dict()})
    image = torch.randn(1, 3, 50, 70)
    with torch.no_grad():
        wanted = full(image)
        for i, x in zip(out_indices, part(image), strict=True):
            assert torch.equal(x, wanted[i])


@pytest.mark.parametrize(("arch", "expected"), POSE_PARAMETERS.items())
def test_pose_model_has_the_published_parameters(arch: str, expected: int) -> None:
    from mmpose.models.heads import HeatmapHead

    with torch.device("meta"):
        backbone = HRNetBackbone(arch, out_indices=(0,))
        head = HeatmapHead(backbone.out_channels[0], 17, deconv_out_channels=None)
    assert count_parameters(backbone) + count_parameters(head) == expected


@pytest.mark.parametrize("frozen_stages", range(-1, 5))
def test_frozen_stages_stay_frozen(frozen_stages: int) -> None:
    model = HRNetBackbone(SMALL, frozen_stages=frozen_stages)
    assert model.train() is model
    assert model.eval() is model
    model.train()
    frozen = ["conv1.", "bn1.", "conv2.", "bn2."] if frozen_stages >= 0 else []
    frozen += ["layer1.", "transition1."] if frozen_stages >= 1 else []
    for number in range(2, frozen_stages + 1):
        frozen += [f"stage{number}.", f"transition{number}."]
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad != name.startswith(tuple(frozen)), name
    for name, module in model.named_modules():
        if isinstance(module, _BatchNorm):
            assert module.training != f"{name}.".startswith(tuple(frozen)), name
    before = {name: b.clone() for name, b in model.named_buffers()}
    model(torch.randn(2, 3, 32, 32))
    for name, buffer in model.named_buffers():
        assert torch.equal(buffer, before[name]) == name.startswith(tuple(frozen)), name


def test_norm_eval_keeps_statistics_but_trains_weights() -> None:
    model = HRNetBackbone(SMALL, norm_eval=True).train()
    before = {name: b.clone() for name, b in model.named_buffers()}
    torch.stack([x.mean() for x in model(torch.randn(2, 3, 32, 32))]).sum().backward()
    assert all(torch.equal(b, before[name]) for name, b in model.named_buffers())
    assert all(p.grad is not None for p in model.parameters())
    assert model.training


@pytest.mark.parametrize("arch", DEPTHS)
def test_zero_init_residual_zeroes_the_last_norm_of_every_block(arch: str) -> None:
    model = HRNetBackbone(arch, zero_init_residual=True)
    model.init_weights()
    blocks = [module for module in model.modules() if isinstance(module, (BasicBlock, Bottleneck))]
    assert len(blocks) == sum(
        stage.modules * sum(stage.blocks)
        for stage in (getattr(ARCHS[arch], f"stage{i}") for i in range(1, 5))
    )
    for block in blocks:
        last, first = last_norm(block), block.get_submodule("bn1")
        assert last is block.get_submodule("bn3" if hasattr(block, "bn3") else "bn2")
        assert isinstance(last, _BatchNorm)
        assert isinstance(first, _BatchNorm)
        assert not last.weight.any()
        assert first.weight.eq(1).all()


def test_default_init_is_kaiming_and_one() -> None:
    model = HRNetBackbone("w18")
    model.init_weights()
    weight = model.get_submodule("stage3.0.branches.1.0.conv1").weight
    assert isinstance(weight, Tensor)
    fan_out = weight.shape[0] * 9
    assert weight.std().item() == pytest.approx(math.sqrt(2 / fan_out), rel=0.05)
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    assert all(norm.weight.eq(1).all() and not norm.bias.any() for norm in norms)


@WEIGHT_INITIALIZERS.register_module()
class PretrainedOfOurs(PretrainedInit):
    """A user's own way of loading weights."""


PRETRAINED = [
    "Pretrained",
    "mmengine.Pretrained",
    "mmengine.model.PretrainedInit",
    PretrainedInit,
    "PretrainedOfOurs",
    PretrainedOfOurs,
]
FORMS = [dict, lambda config: [config], lambda config: (ConfigDict(config),)]


@pytest.mark.parametrize(
    ("kind", "form"),
    [*((kind, dict) for kind in PRETRAINED), *(("Pretrained", form) for form in FORMS[1:])],
)
def test_pretrained_weights_are_not_zeroed(
    kind: str | type, form: Callable[[dict[str, Any]], Any], tmp_path: Path
) -> None:
    source = HRNetBackbone(TINY)
    randomise(source)
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": {f"backbone.{n}": t for n, t in source.state_dict().items()}}, path)
    config = form(dict(type=kind, checkpoint=str(path), prefix="backbone."))
    model = HRNetBackbone(TINY, zero_init_residual=True, init_cfg=config)
    model.init_weights()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, source.state_dict()[name]), name


@pytest.mark.parametrize("kind", ["Constant", "mmengine.model.ConstantInit", ConstantInit], ids=str)
def test_other_initialisers_leave_the_last_norms_at_zero(kind: str | type) -> None:
    init_cfg = dict(type=kind, val=1, bias=0, layer="_BatchNorm")
    model = HRNetBackbone(TINY, zero_init_residual=True, init_cfg=init_cfg)
    model.init_weights()
    blocks = [module for module in model.modules() if isinstance(module, (BasicBlock, Bottleneck))]
    assert not any(next(last_norm(block).parameters()).any() for block in blocks)


@pytest.mark.parametrize("norm", ["BN", "BN2d", "torch.nn.BatchNorm2d", nn.BatchNorm2d], ids=str)
@pytest.mark.parametrize("conv", ["Conv2d", "torch.nn.Conv2d", nn.Conv2d], ids=str)
def test_layers_by_name_and_by_class_are_the_same(conv: str | type, norm: str | type) -> None:
    model = HRNetBackbone(TINY, conv_cfg=dict(type=conv), norm_cfg=dict(type=norm))
    assert model.state_dict().keys() == HRNetBackbone(TINY).state_dict().keys()


def test_a_second_init_changes_nothing() -> None:
    model = HRNetBackbone(SMALL, zero_init_residual=True)
    model.init_weights()
    randomise(model)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.init_weights()
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())


@pytest.mark.parametrize("norm_cfg", [dict(type="BN"), dict(type="GN", num_groups=2)], ids=str)
@pytest.mark.parametrize("upsample", ["nearest", "bilinear"])
def test_with_cp_trains_the_same_with_less_memory(norm_cfg: dict[str, Any], upsample: str) -> None:
    models = [
        HRNetBackbone(SMALL, with_cp=with_cp, norm_cfg=norm_cfg, upsample=upsample)
        for with_cp in (False, True)
    ]
    models[1].load_state_dict(models[0].state_dict())
    image = torch.randn(2, 3, 64, 64)
    saved = []
    for model in models:
        sizes: list[int] = []

        def pack(x: Tensor, sizes: list[int] = sizes) -> Tensor:
            sizes.append(x.numel())
            return x

        for _ in range(2):  # statistics of a second step depend on those of the first
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
                maps = model(image)
            torch.stack([x.square().mean() for x in maps]).sum().backward()
        saved.append(sum(sizes))
    plain, checkpointed = models
    for name, parameter in plain.named_parameters():
        assert torch.equal(parameter.grad, checkpointed.get_parameter(name).grad), name  # type: ignore
    for name, buffer in plain.named_buffers():
        assert torch.equal(buffer, checkpointed.get_buffer(name)), name
    assert saved[1] < 0.6 * saved[0]


def test_with_cp_works_below_frozen_stages() -> None:
    model = HRNetBackbone(SMALL, with_cp=True, frozen_stages=1)
    torch.stack([x.mean() for x in model(torch.randn(2, 3, 32, 32))]).sum().backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("norm_cfg", "kind"),
    [
        (dict(type="BN"), nn.BatchNorm2d),
        (dict(type="SyncBN"), nn.SyncBatchNorm),
        (dict(type="GN", num_groups=2), nn.GroupNorm),
    ],
    ids=["BN", "SyncBN", "GN"],
)
@pytest.mark.parametrize("arch", DEPTHS)
def test_norm_cfg_reaches_every_norm(arch: str, norm_cfg: dict[str, Any], kind: type) -> None:
    with torch.device("meta"):
        model = HRNetBackbone(arch, norm_cfg=norm_cfg)
    norms = [m for m in model.modules() if isinstance(m, (_BatchNorm, nn.GroupNorm))]
    convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert len(norms) == len(convs)
    assert all(isinstance(norm, kind) for norm in norms)


def test_norm_cfg_can_freeze_norm_weights() -> None:
    model = HRNetBackbone(SMALL, norm_cfg=dict(type="BN", requires_grad=False))
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trained
    assert all(model.get_parameter(name).ndim == 4 for name in trained)


def test_in_channels() -> None:
    with torch.no_grad():
        maps = HRNetBackbone(SMALL, in_channels=5).eval()(torch.randn(1, 5, 32, 32))
    assert maps[0].shape == (1, 16, 8, 8)


EXTRA = extra_of(ARCHS[SMALL])


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (dict(arch="w33"), ["'w33'", "w18_small_v1", "w64"]),
        (dict(arch=18), ["18", "w18_small_v1"]),
        (dict(arch=["w32"]), ["['w32']", "w18_small_v1"]),
        (dict(arch=dict(stage1=1)), ["stage1", "stage4"]),
        *(
            (dict(arch=dict(EXTRA, stage2=dict(EXTRA["stage2"], **{key: value}))), [repr(value)])
            for key, value in [
                ("num_channels", 18),
                ("num_blocks", 2),
                ("num_modules", "1"),
                ("num_modules", 1.5),
                ("block", ["BASIC"]),
            ]
        ),
        (dict(arch=dict(EXTRA, stage1=dict(EXTRA["stage1"], num_modules=3))), ["modules=3"]),
        (dict(arch=dict(EXTRA, upsample="bilinear")), ["extra.upsample='bilinear'", "mode"]),
        (dict(arch=SMALL, out_indices=(0.0,)), ["(0.0,)"]),
        (dict(arch=SMALL, frozen_stages=1.0), ["frozen_stages=1.0"]),
        (dict(arch=dict(EXTRA, stage2=dict(EXTRA["stage2"], block="BASE"))), ["'BASE'", "BASIC"]),
        (dict(arch=dict(EXTRA, stage2=3)), ["extra.stage2", "num_blocks"]),
        (dict(arch=dict(EXTRA, stage2=dict(EXTRA["stage2"], num_branches=3))), ["num_branches=3"]),
        (dict(arch=dict(EXTRA, stage3=EXTRA["stage2"])), ["stage3", "3 branches"]),
        (dict(arch=dict(EXTRA, stages=4)), ["'stages'", "upsample"]),
        (dict(arch=SMALL, out_indices=(4,)), ["(4,)", "(0, 1, 2, 3)"]),
        (dict(arch=SMALL, out_indices=()), ["()", "(0, 1, 2, 3)"]),
        (dict(arch=SMALL, out_indices=(1, 1)), ["(1, 1)"]),
        (dict(arch=SMALL, out_indices=0), ["out_indices=0"]),
        (dict(arch=SMALL, in_channels=0), ["in_channels=0"]),
        (dict(arch=SMALL, in_channels="3"), ["in_channels='3'"]),
        (dict(arch=SMALL, upsample="bicubic"), ["'bicubic'", "nearest", "bilinear"]),
        (dict(arch=SMALL, align_corners=True), ["align_corners", "bilinear"]),
        (dict(arch=SMALL, frozen_stages=5), ["frozen_stages=5"]),
        (dict(arch=SMALL, memory_format="nhwc"), ["memory_format='nhwc'", "channels_last"]),
        (dict(arch=SMALL, pretrained="x.pth"), ["'x.pth'", "init_cfg"]),
        (dict(arch=SMALL, multiscale_output=False), ["False", "out_indices"]),
        (
            dict(arch=dict(EXTRA, upsample=dict(mode="bilinear", align_corners=False))),
            ["bilinear", "nearest", "extra.upsample"],
        ),
        (
            dict(arch=dict(EXTRA, stage4=dict(EXTRA["stage4"], multiscale_output=False))),
            ["multiscale_output=False", "out_indices=(0, 1, 2, 3)"],
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_argument_is_shown_with_its_choices(
    arguments: dict[str, Any], shown: list[str]
) -> None:
    with pytest.raises(ValueError, match=r".+") as error:
        HRNetBackbone(**arguments)
    for text in shown:
        assert text in str(error.value)


def test_a_block_of_no_kind_is_refused() -> None:
    with pytest.raises(UserError, match=r"block='BASIC': choose from \['basic', 'bottleneck'\]"):
        StageArch(modules=1, block="BASIC", blocks=(1,), channels=(4,))  # type: ignore


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="takes no argument 'norm'"):
        HRNetBackbone(SMALL, norm="BN")


@pytest.mark.parametrize("align_corners", [False, None])
@pytest.mark.parametrize("upsample", ["nearest", "bilinear"])
def test_matching_extra_is_honoured(upsample: str, align_corners: bool | None) -> None:
    options = dict(mode=upsample, align_corners=align_corners)
    stage4 = dict(EXTRA["stage4"], multiscale_output=False)
    extra = dict(EXTRA, upsample=options, stage4=stage4)
    model = HRNetBackbone(extra, upsample=upsample, out_indices=(0,))
    same = HRNetBackbone(SMALL, upsample=upsample, out_indices=(0,))
    assert {n: t.shape for n, t in model.state_dict().items()} == {
        n: t.shape for n, t in same.state_dict().items()
    }


def test_channels_last_changes_the_order_and_not_what_is_computed() -> None:
    plain, ordered = HRNetBackbone(SMALL), HRNetBackbone(SMALL, memory_format="channels_last")
    for model in (plain, ordered):
        torch.manual_seed(0)
        model.init_weights()
    torch.testing.assert_close(ordered.state_dict(), plain.state_dict(), rtol=0, atol=0)
    channels_last: Any = dict(memory_format=torch.channels_last)
    weight: Any = ordered.conv2.weight
    assert weight.is_contiguous(**channels_last)
    image = torch.randn(2, 3, 64, 96)
    for x, expected in zip(ordered(image), plain(image), strict=True):
        assert x.is_contiguous(**channels_last)
        assert (x - expected).abs().max() <= 1e-5 * expected.abs().max()
    torch.stack([x.square().mean() for x in ordered(image)]).sum().backward()
    assert weight.grad.is_contiguous(**channels_last)


@pytest.mark.parametrize("norm", ["BN", "SyncBN"])
def test_a_norm_of_one_value_is_refused(norm: str) -> None:
    net = revert_sync_batchnorm(HRNetBackbone(TINY, norm_cfg=dict(type=norm)))  # as a Runner does
    with pytest.raises(UserError, match="one value for a channel"):
        net.train()(torch.zeros(1, 3, 32, 32))
