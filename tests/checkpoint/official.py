"""Files as the official code bases write them, of random weights, and what they compute.

Names and formulas are those of the official modules (pose_hrnet.py:320-329, cls_hrnet.py:304-357
and 475-489, seg_hrnet.py:315-332 and 455-463, seg_hrnet_ocr.py:59-67, 131-139, 186 and 622-648,
hrfpn.py:36-108, pose_higher_hrnet.py:299-376), written with PyTorch's functions alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import ARCH
from tests.models.stock import randomise

Weights = dict[str, Tensor]
FeatureMaps = Sequence[Tensor]


@dataclass(frozen=True, kw_only=True)
class Official:
    """A kind of official model.

    Attributes:
        head: Makes random weights of the head for a backbone's channels and a number of outputs.
        compute: The head's outputs for the backbone's feature maps; takes ``align_corners`` last.
        out_indices: The branches that the backbone's last module has rows for.
        upsample: How the backbone upsamples feature maps.
        backbone_prefix: What is before the backbone's names.
    """

    head: Callable[[Sequence[int], int], Weights]
    compute: Callable[[Mapping[str, Tensor], FeatureMaps, bool], list[Tensor]]
    out_indices: tuple[int, ...] = (0, 1, 2, 3)
    upsample: str = "nearest"
    backbone_prefix: str = ""


def official_file(
    kind: Official, *, arch: str, outputs: int, align_corners: bool = False
) -> tuple[Weights, HRNetBackbone]:
    """Make the weights of an official model, and its backbone to compute feature maps with."""
    backbone = HRNetBackbone(
        arch, out_indices=kind.out_indices, upsample=kind.upsample, align_corners=align_corners
    ).eval()
    randomise(backbone)
    weights = {
        kind.backbone_prefix + name: weight for name, weight in backbone.state_dict().items()
    }
    return weights | kind.head(backbone.out_channels, outputs), backbone


def _conv(name: str, into: int, out: int, size: int = 1, *, bias: bool = True) -> Weights:
    weights = {f"{name}.weight": torch.randn(out, into, size, size) / (into * size * size) ** 0.5}
    return weights | ({f"{name}.bias": torch.randn(out)} if bias else {})


def _norm(name: str, channels: int) -> Weights:
    return {
        f"{name}.weight": torch.empty(channels).uniform_(0.5, 1.5),
        f"{name}.bias": torch.randn(channels),
        f"{name}.running_mean": torch.randn(channels),
        f"{name}.running_var": torch.empty(channels).uniform_(0.5, 1.5),
        f"{name}.num_batches_tracked": torch.tensor(7),
    }


def conv(x: Tensor, weights: Mapping[str, Tensor], name: str, stride: int = 1) -> Tensor:
    kernel = weights[f"{name}.weight"]
    bias = weights.get(f"{name}.bias")
    return F.conv2d(x, kernel, bias, stride=stride, padding=kernel.shape[-1] // 2)


def norm(x: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    mean, var, scale, shift = (
        weights[f"{name}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(x, mean, var, scale, shift)


def concatenated(maps: FeatureMaps, align_corners: bool) -> Tensor:
    size = maps[0].shape[-2:]
    enlarged = [
        F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners) for x in maps[1:]
    ]
    return torch.cat([maps[0], *enlarged], 1)


def _pose_head(channels: Sequence[int], keypoints: int) -> Weights:
    return _conv("final_layer", channels[0], keypoints)


def _pose(weights: Mapping[str, Tensor], maps: FeatureMaps, _: bool) -> list[Tensor]:
    return [conv(maps[0], weights, "final_layer")]


def _v2_head(prefix: str) -> Callable[[Sequence[int], int], Weights]:
    def head(channels: Sequence[int], outputs: int) -> Weights:
        total = sum(channels)
        return (
            _conv(f"{prefix}.0", total, total)
            | _norm(f"{prefix}.1", total)
            | _conv(f"{prefix}.3", total, outputs)
        )

    return head


def _v2(prefix: str) -> Callable[[Mapping[str, Tensor], FeatureMaps, bool], list[Tensor]]:
    def compute(
        weights: Mapping[str, Tensor], maps: FeatureMaps, align_corners: bool
    ) -> list[Tensor]:
        x = conv(concatenated(maps, align_corners), weights, f"{prefix}.0")
        return [conv(F.relu(norm(x, weights, f"{prefix}.1")), weights, f"{prefix}.3")]

    return compute


def _bottleneck(name: str, into: int, width: int) -> Weights:
    return {
        **_conv(f"{name}.conv1", into, width, bias=False),
        **_norm(f"{name}.bn1", width),
        **_conv(f"{name}.conv2", width, width, 3, bias=False),
        **_norm(f"{name}.bn2", width),
        **_conv(f"{name}.conv3", width, 4 * width, bias=False),
        **_norm(f"{name}.bn3", 4 * width),
        **_conv(f"{name}.downsample.0", into, 4 * width, bias=False),
        **_norm(f"{name}.downsample.1", 4 * width),
    }


def _cls_head(channels: Sequence[int], classes: int) -> Weights:
    weights: Weights = {}
    for i, (into, width) in enumerate(zip(channels, (32, 64, 128, 256), strict=True)):
        weights |= _bottleneck(f"incre_modules.{i}.0", into, width)
    for i, width in enumerate((128, 256, 512)):
        weights |= _conv(f"downsamp_modules.{i}.0", width, 2 * width, 3)
        weights |= _norm(f"downsamp_modules.{i}.1", 2 * width)
    weights |= _conv("final_layer.0", 1024, 2048) | _norm("final_layer.1", 2048)
    return weights | {
        "classifier.weight": torch.randn(classes, 2048) / 45,
        "classifier.bias": torch.randn(classes),
    }


def _increased(weights: Mapping[str, Tensor], x: Tensor, name: str) -> Tensor:
    y = F.relu(norm(conv(x, weights, f"{name}.conv1"), weights, f"{name}.bn1"))
    y = F.relu(norm(conv(y, weights, f"{name}.conv2"), weights, f"{name}.bn2"))
    y = norm(conv(y, weights, f"{name}.conv3"), weights, f"{name}.bn3")
    shortcut = norm(conv(x, weights, f"{name}.downsample.0"), weights, f"{name}.downsample.1")
    return F.relu(y + shortcut)


def _cls(weights: Mapping[str, Tensor], maps: FeatureMaps, _: bool) -> list[Tensor]:
    y = _increased(weights, maps[0], "incre_modules.0.0")
    for i in range(3):
        name = f"downsamp_modules.{i}"
        down = F.relu(norm(conv(y, weights, f"{name}.0", stride=2), weights, f"{name}.1"))
        y = _increased(weights, maps[i + 1], f"incre_modules.{i + 1}.0") + down
    y = F.relu(norm(conv(y, weights, "final_layer.0"), weights, "final_layer.1"))
    pooled = y.mean(dim=(2, 3))
    return [F.linear(pooled, weights["classifier.weight"], weights["classifier.bias"])]


OCR, KEY = 512, 256  # channels
_BLOCK = "ocr_distri_head.object_context_block"


def _ocr_head(channels: Sequence[int], classes: int) -> Weights:
    total = sum(channels)
    weights = _v2_head("aux_head")(channels, classes)
    weights |= _conv("conv3x3_ocr.0", total, OCR, 3) | _norm("conv3x3_ocr.1", OCR)
    for part in ("f_pixel", "f_object"):
        weights |= _conv(f"{_BLOCK}.{part}.0", OCR, KEY, bias=False)
        weights |= _norm(f"{_BLOCK}.{part}.1.0", KEY)
        weights |= _conv(f"{_BLOCK}.{part}.2", KEY, KEY, bias=False)
        weights |= _norm(f"{_BLOCK}.{part}.3.0", KEY)
    weights |= _conv(f"{_BLOCK}.f_down.0", OCR, KEY, bias=False)
    weights |= _norm(f"{_BLOCK}.f_down.1.0", KEY)
    weights |= _conv(f"{_BLOCK}.f_up.0", KEY, OCR, bias=False)
    weights |= _norm(f"{_BLOCK}.f_up.1.0", OCR)
    weights |= _conv("ocr_distri_head.conv_bn_dropout.0", 2 * OCR, OCR, bias=False)
    weights |= _norm("ocr_distri_head.conv_bn_dropout.1.0", OCR)
    return weights | _conv("cls_head", OCR, classes)


def _ocr(weights: Mapping[str, Tensor], maps: FeatureMaps, align_corners: bool) -> list[Tensor]:
    def layer(x: Tensor, name: str, norm_name: str) -> Tensor:
        return F.relu(norm(conv(x, weights, name), weights, norm_name))

    def transformed(x: Tensor, part: str) -> Tensor:
        x = layer(x, f"{_BLOCK}.{part}.0", f"{_BLOCK}.{part}.1.0")
        if f"{_BLOCK}.{part}.2.weight" in weights:
            x = layer(x, f"{_BLOCK}.{part}.2", f"{_BLOCK}.{part}.3.0")
        return x

    (coarse,) = _v2("aux_head")(weights, maps, align_corners)
    features = concatenated(maps, align_corners)
    pixels = layer(features, "conv3x3_ocr.0", "conv3x3_ocr.1")
    shares = coarse.flatten(2).softmax(dim=2)  # of each pixel in each class
    regions = torch.einsum("nkp,ncp->nck", shares, pixels.flatten(2))[..., None]
    query = transformed(pixels, "f_pixel").flatten(2)
    key = transformed(regions, "f_object").flatten(2)
    value = transformed(regions, "f_down").flatten(2)
    relation = (torch.einsum("ncp,nck->npk", query, key) * KEY**-0.5).softmax(dim=2)
    context = torch.einsum("npk,nck->ncp", relation, value).unflatten(2, pixels.shape[-2:])
    context = transformed(context, "f_up")
    mixed = layer(
        torch.cat([context, pixels], 1),
        "ocr_distri_head.conv_bn_dropout.0",
        "ocr_distri_head.conv_bn_dropout.1.0",
    )
    return [conv(mixed, weights, "cls_head")]


LEVELS, PYRAMID = 5, 256


def _det_head(channels: Sequence[int], classes: int) -> Weights:
    weights = _conv("neck.reduction_conv.0", sum(channels), PYRAMID)
    for i in range(LEVELS):
        weights |= _conv(f"neck.fpn_conv.{i}", PYRAMID, PYRAMID, 3)
    weights |= _conv("rpn_head.rpn_conv", PYRAMID, PYRAMID, 3)
    weights |= _conv("rpn_head.rpn_cls", PYRAMID, 3) | _conv("rpn_head.rpn_reg", PYRAMID, 12)
    for name, into, out in (
        ("shared_fcs.0", PYRAMID * 49, 1024),
        ("shared_fcs.1", 1024, 1024),
        ("fc_cls", 1024, classes + 1),
        ("fc_reg", 1024, 4 * (classes + 1)),
    ):
        weights |= {
            f"bbox_head.{name}.weight": torch.randn(out, into) / into**0.5,
            f"bbox_head.{name}.bias": torch.randn(out),
        }
    return weights


def _det(weights: Mapping[str, Tensor], maps: FeatureMaps, _: bool) -> list[Tensor]:
    x = conv(concatenated(maps, False), weights, "neck.reduction_conv.0")
    return [
        conv(F.avg_pool2d(x, 2**i, 2**i) if i else x, weights, f"neck.fpn_conv.{i}")
        for i in range(LEVELS)
    ]


def _higher_head(channels: Sequence[int], keypoints: int) -> Weights:
    first = channels[0]
    return {
        **_conv("final_layers.0", first, 2 * keypoints),
        **_conv("final_layers.1", first, keypoints),
        "deconv_layers.0.0.0.weight": torch.randn(first + 2 * keypoints, first, 4, 4),
        **_norm("deconv_layers.0.0.1", first),
    }


def _backbone_only(_: Mapping[str, Tensor], maps: FeatureMaps, __: bool) -> list[Tensor]:
    return list(maps)


OFFICIAL = {
    "pose": Official(head=_pose_head, compute=_pose, out_indices=(0,)),
    "cls": Official(head=_cls_head, compute=_cls),
    "seg": Official(head=_v2_head("last_layer"), compute=_v2("last_layer"), upsample="bilinear"),
    "ocr": Official(head=_ocr_head, compute=_ocr, upsample="bilinear"),
    "face": Official(head=_v2_head("head"), compute=_v2("head"), upsample="bilinear"),
    "det": Official(head=_det_head, compute=_det, backbone_prefix="backbone."),
    "higher": Official(head=_higher_head, compute=_backbone_only, out_indices=(0,)),
}
WHOLE = [task for task in OFFICIAL if task != "higher"]  # with a head that is converted

Save = Callable[[Weights, Path], None]
FORMATS: dict[str, Save] = {
    ".pth": torch.save,
    ".pth.tar": lambda weights, path: torch.save({"state_dict": weights, "epoch": 3}, path),
    ".safetensors": save_file,
}


def write_official(task: str, folder: Path, *, outputs: int = 17, suffix: str = ".pth") -> Path:
    """Write a file of random weights; ``suffix`` tells the format."""
    weights, _ = official_file(OFFICIAL[task], arch=ARCH, outputs=outputs)
    path = folder / f"{task}{suffix}"
    FORMATS[suffix](weights, path)
    return path


def weights_in(path: Path) -> Weights:
    """Read them as mmengine does."""
    content: Any = CheckpointLoader.load_checkpoint(str(path), map_location="cpu")
    return content["state_dict"]
