"""The necks: equal to the toolboxes' own and to the papers' formulas, at any size."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.models import ARCHS, HRNetBackbone, HRNetClsNeck, HRNetV2, HRNetV2p
from hrnet_mm.models.layers import Bottleneck
from tests.models.stock import assert_equal, outputs_and_gradients, randomise

CHANNELS = {arch: stages.stage4.out_channels for arch, stages in ARCHS.items()}
SMALL = CHANNELS["w18_small_v1"]
NECKS: dict[str, Any] = {"HRNetV2": HRNetV2, "HRNetV2p": HRNetV2p, "HRNetClsNeck": HRNetClsNeck}
ODD_SIZES = [(1, 1), (97, 65), (33, 200), (473, 473), (520, 520)]


def maps_of(
    channels: tuple[int, ...], size: tuple[int, int], *, batch: int = 2
) -> tuple[Tensor, ...]:
    """Make random maps as the backbone gives them for images of that size."""
    return tuple(
        torch.randn(batch, c, *(-(-length // 2 ** (i + 2)) for length in size))
        for i, c in enumerate(channels)
    )


def assert_same_training(ours: nn.Module, stock: nn.Module, maps: tuple[Tensor, ...]) -> None:
    """Load the stock neck's weights, back too, and compare outputs, gradients and statistics."""
    assert list(ours.state_dict()) == list(stock.state_dict())
    ours.load_state_dict(stock.state_dict(), strict=True)
    ours.eval()
    stock.eval()
    with torch.no_grad():
        assert_equal(ours(maps), stock(maps))
    ours.train()
    stock.train()
    outputs, gradients = outputs_and_gradients(ours, maps)
    expected_outputs, expected_gradients = outputs_and_gradients(stock, maps)
    assert_equal(outputs, expected_outputs)
    assert gradients.keys() == expected_gradients.keys()
    assert_equal(list(gradients.values()), [expected_gradients[name] for name in gradients])
    stock.load_state_dict(ours.state_dict(), strict=True)


# What holds for every neck


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("size", ODD_SIZES, ids=str)
def test_takes_the_backbones_maps_of_any_size(neck: str, size: tuple[int, int]) -> None:
    backbone = HRNetBackbone("w18_small_v1").eval()
    model = NECKS[neck](backbone.out_channels).eval()
    with torch.no_grad():
        maps = backbone(torch.randn(1, 3, *size))
        before = [x.clone() for x in maps]
        outputs = model(maps)
    assert isinstance(outputs, tuple)
    assert all(x.isfinite().all() and x.shape[1] == model.out_channels for x in outputs)
    assert_equal(maps, before)


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("arch", ARCHS)
def test_every_parameter_gets_a_gradient(arch: str, neck: str) -> None:
    model = NECKS[neck](CHANNELS[arch])
    outputs = model(maps_of(CHANNELS[arch], (64, 64)))
    torch.stack([x.square().mean() for x in outputs]).sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize(
    ("norm_cfg", "kind"),
    [
        (dict(type="BN"), nn.BatchNorm2d),
        (dict(type="SyncBN"), nn.SyncBatchNorm),
        (dict(type="GN", num_groups=2), nn.GroupNorm),
    ],
    ids=["BN", "SyncBN", "GN"],
)
def test_norm_cfg_reaches_every_convolution(neck: str, norm_cfg: Any, kind: type) -> None:
    model = NECKS[neck](SMALL, norm_cfg=norm_cfg)
    norms = [m for m in model.modules() if isinstance(m, (_BatchNorm, nn.GroupNorm))]
    convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert len(norms) == len(convs)
    assert all(isinstance(norm, kind) for norm in norms)
    assert all(conv.bias is None for conv in convs)


@pytest.mark.parametrize("neck", NECKS)
def test_init_cfg_is_obeyed(neck: str) -> None:
    model = NECKS[neck](SMALL, init_cfg=dict(type="Constant", val=0.25, layer="Conv2d"))
    model.init_weights()
    convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert convs
    assert all(conv.weight.eq(0.25).all() for conv in convs)


@pytest.mark.parametrize("neck", NECKS)
def test_other_maps_than_it_was_built_for_are_refused(neck: str) -> None:
    model = NECKS[neck](CHANNELS["w18"])
    for maps in (maps_of(SMALL, (64, 64)), maps_of(CHANNELS["w18"], (64, 64))[:3]):
        given = str(tuple(x.shape[1] for x in maps))
        with pytest.raises(ValueError, match="in_channels") as error:
            model(maps)
        assert given in str(error.value)
        assert str(CHANNELS["w18"]) in str(error.value)
        assert neck in str(error.value)


@pytest.mark.parametrize("neck", NECKS)
@pytest.mark.parametrize("in_channels", [(), 18, "w18", (18, 0), (18.0, 36)], ids=repr)
def test_in_channels_that_are_none_are_refused(neck: str, in_channels: Any) -> None:
    with pytest.raises(ValueError, match="in_channels=") as error:
        NECKS[neck](in_channels)
    assert repr(in_channels) in str(error.value)


@pytest.mark.parametrize(
    ("neck", "arguments", "shown"),
    [
        ("HRNetV2", dict(with_conv=False, out_channels=64), ["out_channels=64", "240"]),
        ("HRNetV2p", dict(num_outs=0), ["num_outs=0"]),
        ("HRNetV2p", dict(num_outs=2.0), ["num_outs=2.0"]),
        ("HRNetV2p", dict(pooling_type="max"), ["pooling_type='max'", "AVG, MAX"]),
        ("HRNetV2p", dict(pooling_type=["AVG"]), ["pooling_type=['AVG']", "AVG, MAX"]),
    ],
    ids=str,
)
def test_a_wrong_argument_is_shown(neck: str, arguments: Any, shown: list[str]) -> None:
    with pytest.raises(ValueError, match="=") as error:
        NECKS[neck](SMALL, **arguments)
    assert all(text in str(error.value) for text in shown)


@pytest.mark.parametrize(
    ("neck", "options"),
    [
        ("HRNetClsNeck", {}),
        ("HRNetV2p", {}),
        ("HRNetV2p", dict(norm_cfg=dict(type="BN"), share_conv=True, pooling_type="MAX")),
    ],
    ids=str,
)
def test_with_cp_trains_the_same_with_less_memory(neck: str, options: dict[str, Any]) -> None:
    plain, checkpointed = (
        NECKS[neck](SMALL, with_cp=with_cp, **options) for with_cp in (False, True)
    )
    checkpointed.load_state_dict(plain.state_dict())
    maps = maps_of(SMALL, (64, 64))
    results, saved = [], []
    for model in (plain, checkpointed):
        sizes: list[int] = []

        def pack(x: Tensor, sizes: list[int] = sizes) -> Tensor:
            sizes.append(x.numel())
            return x

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            results.append(outputs_and_gradients(model, maps))
        saved.append(sum(sizes))
    assert_equal(results[0][0], results[1][0])
    for name, gradient in results[0][1].items():
        assert torch.equal(gradient, results[1][1][name]), name
    for name, buffer in plain.named_buffers():
        assert torch.equal(buffer, checkpointed.get_buffer(name)), name
    assert saved[1] < 0.7 * saved[0]


# HRNetV2


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", ODD_SIZES, ids=str)
def test_v2_is_the_official_formula(size: tuple[int, int], align_corners: bool) -> None:
    """One interpolation of each map to the size of the finest; 1×1, norm, ReLU."""
    neck = HRNetV2(SMALL, align_corners=align_corners).eval()
    randomise(neck)
    maps = maps_of(SMALL, size, batch=1)
    height, width = maps[0].shape[-2:]
    enlarged = [maps[0]] + [
        F.interpolate(x, size=(height, width), mode="bilinear", align_corners=align_corners)
        for x in maps[1:]
    ]
    conv, norm = neck.get_submodule("fuse_conv.conv"), neck.get_submodule("fuse_conv.bn")
    with torch.no_grad():
        expected = F.relu(norm(conv(torch.cat(enlarged, dim=1))))
        (output,) = neck(maps)
    assert output.shape == (1, 240, height, width)
    assert torch.equal(output, expected)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("arch", ARCHS)
def test_v2_without_conv_is_mmposes_concatenation(arch: str, align_corners: bool) -> None:
    from mmpose.models.necks import FeatureMapProcessor

    neck = HRNetV2(CHANNELS[arch], with_conv=False, align_corners=align_corners)
    assert not neck.state_dict()
    for size in ((64, 96), (97, 65)):
        maps = maps_of(CHANNELS[arch], size)
        stock = FeatureMapProcessor(concat=True, align_corners=align_corners)
        assert_equal(neck(maps), stock(maps))


def test_v2_takes_another_width() -> None:
    (output,) = HRNetV2(SMALL, out_channels=40)(maps_of(SMALL, (64, 64)))
    assert output.shape == (2, 40, 16, 16)


@pytest.mark.parametrize("size", [(64, 96), (97, 65), (520, 520)], ids=str)
@pytest.mark.parametrize("arch", ["w18_small_v1", "w18_small_v2", "w48"])
def test_v2_with_a_linear_head_is_mmsegs_head(arch: str, size: tuple[int, int]) -> None:
    """Its FCNHead with input_transform='resize_concat' holds what HRNetV2 holds."""
    from mmengine.registry import init_default_scope
    from mmseg.models.decode_heads import FCNHead

    init_default_scope("mmseg")
    channels = CHANNELS[arch]
    total = sum(channels)
    common: Any = dict(channels=total, num_classes=11, dropout_ratio=0, align_corners=False)
    stock = FCNHead(
        in_channels=list(channels),
        in_index=(0, 1, 2, 3),
        input_transform="resize_concat",
        kernel_size=1,
        num_convs=1,
        concat_input=False,
        norm_cfg=dict(type="BN"),
        **common,
    )
    neck = HRNetV2(channels)
    head = FCNHead(in_channels=total, in_index=0, num_convs=0, concat_input=False, **common)
    randomise(stock)
    weights = stock.state_dict()
    prefix = "convs.0."
    neck.load_state_dict(
        {f"fuse_conv.{k[len(prefix) :]}": v for k, v in weights.items() if k.startswith(prefix)}
    )
    head.load_state_dict({k: v for k, v in weights.items() if not k.startswith(prefix)})
    maps = maps_of(channels, size, batch=2 if size[0] < 100 else 1)
    for training in (False, True):
        with torch.no_grad():
            for module in (stock, neck, head):
                module.train(training)
            assert torch.equal(head(neck(maps)), stock(maps))


# HRNetV2p


@pytest.mark.parametrize(
    "options",
    [
        {},
        dict(stride=2, num_outs=6, out_channels=64),
        dict(pooling_type="MAX", num_outs=6, out_channels=64),
    ],
    ids=str,
)
@pytest.mark.parametrize("arch", ARCHS)
def test_v2p_equals_mmdet(arch: str, options: dict[str, Any]) -> None:
    from mmdet.models.necks import HRFPN

    channels = CHANNELS[arch]
    settings: Any = dict(out_channels=256) | options
    stock = HRFPN(list(channels), **settings)
    assert_same_training(HRNetV2p(channels, **options), stock, maps_of(channels, (128, 192)))


@pytest.mark.parametrize("pooling_type", ["AVG", "MAX"])
def test_v2p_with_cp_equals_mmdet(pooling_type: Any) -> None:
    from mmdet.models.necks import HRFPN

    options: Any = dict(out_channels=16, pooling_type=pooling_type, with_cp=True)
    stock = HRFPN(list(SMALL), **options)
    assert_same_training(HRNetV2p(SMALL, **options), stock, maps_of(SMALL, (64, 96)))


@pytest.mark.parametrize(("pooling_type", "pool"), [("AVG", torch.mean), ("MAX", torch.amax)])
@pytest.mark.parametrize("size", [(1, 1), (9, 30), (40, 72), (97, 65), (200, 33)], ids=str)
def test_v2p_at_any_size_is_the_formula(
    size: tuple[int, int], pooling_type: str, pool: Callable[..., Tensor]
) -> None:
    neck = HRNetV2p(SMALL, out_channels=8, num_outs=5, pooling_type=pooling_type).eval()
    maps = maps_of(SMALL, size, batch=1)
    height, width = maps[0].shape[-2:]
    with torch.no_grad():
        outputs = neck(maps)
        concatenated = torch.cat(
            [F.interpolate(x, size=(height, width), mode="bilinear") for x in maps], dim=1
        )
        reduced = neck.reduction_conv(concatenated)
        for i, (output, conv) in enumerate(zip(outputs, neck.fpn_convs, strict=True)):
            rows, columns = max(1, height // 2**i), max(1, width // 2**i)
            cell = (min(2**i, height), min(2**i, width))
            pooled = torch.stack(
                [
                    pool(
                        reduced[
                            :,
                            :,
                            r * cell[0] : (r + 1) * cell[0],
                            c * cell[1] : (c + 1) * cell[1],
                        ],
                        dim=(2, 3),
                    )
                    for r in range(rows)
                    for c in range(columns)
                ],
                dim=-1,
            ).view(1, 8, rows, columns)
            assert output.shape[-2:] == (rows, columns)
            torch.testing.assert_close(output, conv(pooled), rtol=1e-4, atol=1e-5)


def test_v2p_can_share_its_convolution() -> None:
    neck = HRNetV2p(SMALL, share_conv=True)
    single = HRNetV2p(SMALL)
    names = [name for name in single.state_dict() if not name.startswith("fpn_convs.")]
    assert list(neck.state_dict()) == [
        *names, "fpn_convs.0.conv.weight", "fpn_convs.0.conv.bias"
    ]  # fmt: skip
    weights = neck.state_dict()
    for i in range(1, 5):
        for kind in ("weight", "bias"):
            weights[f"fpn_convs.{i}.conv.{kind}"] = weights[f"fpn_convs.0.conv.{kind}"]
    single.load_state_dict(weights, strict=True)
    maps = maps_of(SMALL, (128, 128))
    assert_equal(neck(maps), single(maps))


# HRNetClsNeck


@pytest.mark.parametrize("arch", ARCHS)
def test_cls_neck_equals_mmpretrain(arch: str) -> None:
    from mmpretrain.models.necks import HRFuseScales

    stock = HRFuseScales(CHANNELS[arch])
    randomise(stock)
    for size in ((64, 96), (97, 65)):
        assert_same_training(HRNetClsNeck(CHANNELS[arch]), stock, maps_of(CHANNELS[arch], size))


def test_cls_neck_passes_its_options_to_its_blocks() -> None:
    neck = HRNetClsNeck(SMALL, with_cp=True)
    blocks = [m for m in neck.modules() if isinstance(m, Bottleneck)]
    assert len(blocks) == 4
    assert all(block.with_cp for block in blocks)


def test_cls_neck_needs_four_maps() -> None:
    with pytest.raises(ValueError, match="4 feature maps") as error:
        HRNetClsNeck((16, 32, 64))
    assert "(16, 32, 64)" in str(error.value)
