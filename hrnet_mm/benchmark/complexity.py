"""Parameters and MACs of a config's model, counted on the meta device without running it.

The convention of the papers: the multiply-accumulates of convolutions and linear layers, divided by
1024³ and printed as "GFLOPs" (lib/utils/utils.py:197 of the official pose code, modelsummary.py:129
of the official classification code). A decimal counter that counts the same shows 7.4 % more.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from hrnet_mm.errors import UserError
from hrnet_mm.models import HRNetClsNeck, HRNetV2

UNIT = 1024**3
# The official detectors' figures (159.1, 245.3, 314.9, 399.1 for W18 to W48) were counted with this
# number of RoIs and an image of 1200×800, padded to 1216×800: all four agree within 0.1 %.
NUM_ROIS = 500
PHOTO_RATIO = 3 / 2  # width / height of such an image

Size = tuple[int, int]  # width, height


@dataclass(frozen=True, kw_only=True)
class Complexity:
    """Parameters and MACs of a model.

    Attributes:
        params: Number of parameters.
        folded_biases: Additional parameters of the official model: biases of convolutions before a
            norm, which cancels them, in some heads.
        macs: Multiply-accumulates of convolutions and linear layers for one image.
        input_size: Width and height of that image.
    """

    params: int
    folded_biases: int
    macs: int
    input_size: Size

    @property
    def gmacs(self) -> float:
        """MACs in the unit of the papers, 1024³."""
        return self.macs / UNIT


def measure_complexity(cfg: Config, *, input_size: Size | None = None) -> Complexity:
    """Count the parameters and MACs of a config's model.

    Args:
        cfg: A config of any of the toolboxes.
        input_size: Width and height of the image; None for the config's test size.
    """
    size = input_size or config_input_size(cfg)
    model = build_on_meta(cfg)
    image = torch.empty(1, 3, size[1], size[0], device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        _forward(model, image)
    # Convolutions and linear layers: products of two activations (attention, bmm) are not counted.
    counted = (torch.ops.aten.convolution, torch.ops.aten.addmm, torch.ops.aten.mm)
    flops = sum(counter.get_flop_counts()["Global"].get(operator, 0) for operator in counted)
    return Complexity(
        params=sum(p.numel() for p in model.parameters()),
        folded_biases=folded_biases(model),
        macs=flops // 2,
        input_size=size,
    )


def build_on_meta(cfg: Config) -> Any:
    """Build a config's model without memory for its parameters.

    Raises:
        UserError: The config has no model.
    """
    if "model" not in cfg or "default_scope" not in cfg:
        raise UserError(f"{cfg.filename} has no model and default_scope; give a complete config")
    init_default_scope(cfg.default_scope)
    described = copy.deepcopy(cfg.model)  # builders change their argument
    if "data_preprocessor" in cfg:  # where mmpretrain has it
        described.setdefault("data_preprocessor", copy.deepcopy(cfg.data_preprocessor))
    with torch.device("meta"):
        model: Any = MODELS.build(described)
    return model.eval()


def config_input_size(cfg: Config, *, option: str = "--shape") -> Size:
    """Return the width and height that a config tests at.

    For detection, that of a 3:2 photo after resizing and padding; for segmentation of full images,
    whose size is not in the config, that of the training crops.

    Args:
        cfg: A whole config.
        option: By which a tool takes the size instead.

    Raises:
        UserError: The size is not in the config.
    """
    steps = _steps(cfg, "test_dataloader")
    for step in ("TopdownAffine", "BottomupResize"):  # of mmpose
        if step in steps:
            return tuple(steps[step]["input_size"])
    if cfg.get("default_scope") == "mmseg" and "RandomCrop" in (
        train := _steps(cfg, "train_dataloader")
    ):
        height, width = train["RandomCrop"]["crop_size"]
        return width, height
    if "CenterCrop" in steps:
        side = steps["CenterCrop"]["crop_size"]
        return side, side
    if cfg.get("default_scope") == "mmdet" and "Resize" in steps:
        return _photo_size(steps["Resize"]["scale"], cfg.model.data_preprocessor.pad_size_divisor)
    raise UserError(f"{cfg.filename} does not tell its input size; give {option} WIDTH HEIGHT")


def _steps(cfg: Config, loader: str) -> dict[str, Any]:
    """Return the steps of a loader's pipeline by their types."""
    dataset = (cfg.get(loader) or {}).get("dataset") or {}
    return {step["type"]: step for step in dataset.get("pipeline") or []}


def _photo_size(scale: Size, divisor: int) -> Size:
    factor = min(max(scale) / PHOTO_RATIO, *scale)
    sides = (round(factor * PHOTO_RATIO), round(factor))
    width, height = (-(-side // divisor) * divisor for side in sides)
    return width, height


def _forward(model: Any, image: torch.Tensor) -> None:
    """Run the model on the image, and the heads of a two-stage detector on a number of RoIs."""
    if not hasattr(model, "roi_head"):
        model(image, None, mode="tensor")  # mmpose requires data samples but does not read them
        return
    features = model.extract_feat(image)
    model.rpn_head(features)
    heads = model.roi_head
    boxes = model.test_cfg.rcnn.max_per_img
    for head in _each(heads.bbox_head):
        head(_regions(NUM_ROIS, heads.bbox_roi_extractor))
    if heads.with_mask:
        for head in _each(heads.mask_head):
            head(_regions(boxes, heads.mask_roi_extractor))
    if getattr(heads, "with_semantic", False):
        heads.semantic_head(features)


def _each(modules: nn.Module) -> Iterator[Callable[[torch.Tensor], Any]]:
    yield from modules if isinstance(modules, nn.ModuleList) else [modules]


def _regions(number: int, extractors: Any) -> torch.Tensor:
    extractor = next(_each(extractors))
    height, width = extractor.roi_layers[0].output_size
    return torch.empty(number, extractor.out_channels, height, width, device="meta")


def folded_biases(model: nn.Module) -> int:
    """Count the output channels of the convolutions that have a bias in the official code only.

    They are in HRNetV2, the ImageNet head and, outside its attention, OCR (seg_hrnet.py:315-332,
    cls_hrnet.py:304-357, seg_hrnet_ocr.py:420-648).
    """
    return sum(
        module.out_channels
        for parent in _parents_of_biasless(model)
        for module in parent.modules()
        if isinstance(module, nn.Conv2d) and module.bias is None
    )


def _parents_of_biasless(model: nn.Module) -> Iterator[nn.Module]:
    module: Any
    for module in model.modules():
        if isinstance(module, HRNetV2):
            yield module
        elif isinstance(module, HRNetClsNeck):
            yield from (module.downsample_layers, module.final_layer)
        elif type(module).__name__ == "OCRHead":
            yield module.bottleneck
        elif type(module).__name__ == "FCNHead":
            yield module.convs
