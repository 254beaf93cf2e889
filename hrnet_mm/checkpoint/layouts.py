"""The ways in which public files name the weights of an HRNet.

The trunk has one set of names everywhere; heads and necks differ. A layout tells how it names them,
beside the names of a whole model of this package: ``backbone.*``, ``neck.*`` and the stock head's.

Sources: the official code bases (deep-high-resolution-net.pytorch, HRNet-Image-Classification,
HRNet-Semantic-Segmentation, HRNet-Facial-Landmark-Detection, HRNet-Object-Detection, HigherHRNet)
and timm, whose classifiers are named as the official ones; OpenMMLab's toolboxes, 0.x and 1.x.
"""

from collections.abc import Iterator
from dataclasses import dataclass

Names = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one code base names the weights of one kind of model.

    Attributes:
        name: What it is called in reports and on the command line.
        marks: Names that such a file has, and no layout further down.
        renames: Pairs of prefixes, its own and this package's. A longer one goes before a shorter.
        folded: Convolutions of this package before a norm that have a bias there, with the norm.
        background_first: Whether box heads count the background as class 0, not as the last.
        inplace_abn: Whether a file without counters of batches is of InPlaceABN.
    """

    name: str
    marks: tuple[str, ...]
    renames: Names = ()
    folded: Names = ()
    background_first: bool = False
    inplace_abn: bool = False

    @property
    def official(self) -> bool:
        """Whether it is of the papers' authors, who name no data set in their files."""
        return self.name.startswith("official")

    def ours(self, name: str) -> str | None:
        """Return this package's name of a weight, None if it has no place here."""
        for theirs, ours in self.renames:
            if name.startswith(theirs):
                return ours + name.removeprefix(theirs)
        return None

    def theirs(self, name: str) -> str | None:
        """Return the layout's name of a weight of this package, None if it has no place there."""
        for theirs, ours in self.renames:
            if name.startswith(ours):
                return theirs + name.removeprefix(ours)
        return None


_THE_REST: Names = (("", ""),)  # as it is called


_CLS_NECK: Names = (
    ("incre_modules.", "neck.0.increase_layers."),
    *(
        (f"downsamp_modules.{i}.{j}.", f"neck.0.downsample_layers.{i}.{layer}.")
        for i in range(3)
        for j, layer in enumerate(("conv", "bn"))
    ),
    ("final_layer.0.", "neck.0.final_layer.conv."),
    ("final_layer.1.", "neck.0.final_layer.bn."),
)


def _v2_head(prefix: str, final: str) -> Names:
    """Name the 1×1 convolution, norm, ReLU and final convolution of an official HRNetV2."""
    return (
        (f"{prefix}.0.", "neck.fuse_conv.conv."),
        (f"{prefix}.1.", "neck.fuse_conv.bn."),
        (f"{prefix}.3.", f"{final}."),
    )


_FUSE: Names = (("neck.fuse_conv.conv.", "neck.fuse_conv.bn."),)


def _ocr() -> Iterator[tuple[str, str]]:
    rough, final = "decode_head.0", "decode_head.1"
    yield "aux_head.0.", f"{rough}.convs.0.conv."
    yield "aux_head.1.", f"{rough}.convs.0.bn."
    yield "aux_head.3.", f"{rough}.conv_seg."
    yield "conv3x3_ocr.0.", f"{final}.bottleneck.conv."
    yield "conv3x3_ocr.1.", f"{final}.bottleneck.bn."
    yield "cls_head.", f"{final}.conv_seg."
    theirs, ours = "ocr_distri_head.object_context_block", f"{final}.object_context_block"
    for their, our in (("f_pixel", "query_project"), ("f_object", "key_project")):
        for i in range(2):
            yield f"{theirs}.{their}.{2 * i}.", f"{ours}.{our}.{i}.conv."
            yield f"{theirs}.{their}.{2 * i + 1}.0.", f"{ours}.{our}.{i}.bn."
    for their, our in (("f_down", "value_project"), ("f_up", "out_project")):
        yield f"{theirs}.{their}.0.", f"{ours}.{our}.conv."
        yield f"{theirs}.{their}.1.0.", f"{ours}.{our}.bn."
    yield "ocr_distri_head.conv_bn_dropout.0.", f"{ours}.bottleneck.conv."
    yield "ocr_distri_head.conv_bn_dropout.1.0.", f"{ours}.bottleneck.bn."


_DET_0X: Names = (
    ("neck.reduction_conv.0.", "neck.reduction_conv.conv."),
    *((f"neck.fpn_conv.{i}.", f"neck.fpn_convs.{i}.conv.") for i in range(8)),
    ("bbox_head.", "roi_head.bbox_head."),
    ("mask_head.", "roi_head.mask_head."),
    *_THE_REST,
)

# The order matters: the first layout whose marks a file has is its own.
LAYOUTS = (
    Layout(
        name="official OCR",
        marks=("cls_head.weight", "aux_head.0.weight"),
        renames=tuple(_ocr()),
        folded=(
            ("decode_head.0.convs.0.conv.", "decode_head.0.convs.0.bn."),
            ("decode_head.1.bottleneck.conv.", "decode_head.1.bottleneck.bn."),
        ),
        inplace_abn=True,
    ),
    Layout(
        name="official segmentation",
        marks=("last_layer.0.weight",),
        renames=_v2_head("last_layer", "decode_head.conv_seg"),
        folded=_FUSE,
        inplace_abn=True,
    ),
    Layout(
        name="official landmarks",
        marks=("head.0.weight", "head.3.weight"),
        renames=_v2_head("head", "head.final_layer"),
        folded=_FUSE,
    ),
    Layout(
        name="official classification, timm",
        marks=("incre_modules.0.0.conv1.weight",),
        renames=(*_CLS_NECK, ("classifier.", "head.fc.")),
        folded=(
            *(
                (f"neck.0.downsample_layers.{i}.conv.", f"neck.0.downsample_layers.{i}.bn.")
                for i in range(3)
            ),
            ("neck.0.final_layer.conv.", "neck.0.final_layer.bn."),
        ),
    ),
    Layout(name="official HigherHRNet", marks=("final_layers.0.weight",)),
    Layout(
        name="official pose",
        marks=("final_layer.weight",),
        renames=(("final_layer.", "head.final_layer."),),
    ),
    Layout(
        name="official detection",
        marks=("neck.reduction_conv.0.weight",),
        renames=_DET_0X,
        background_first=True,
    ),
    Layout(
        name="mmpose 0.x landmarks",
        marks=("keypoint_head.final_layer.0.weight",),
        renames=(*_v2_head("keypoint_head.final_layer", "head.final_layer"), *_THE_REST),
        folded=_FUSE,
    ),
    Layout(
        name="mmpose landmarks",
        marks=("head.conv_layers.0.weight",),
        renames=(
            ("head.conv_layers.0.", "neck.fuse_conv.conv."),
            ("head.conv_layers.1.", "neck.fuse_conv.bn."),
            *_THE_REST,
        ),
        folded=_FUSE,
    ),
    Layout(
        name="mmpose 0.x",
        marks=("keypoint_head.final_layer.weight",),
        renames=(("keypoint_head.", "head."), *_THE_REST),
    ),
    Layout(
        name="mmseg",
        marks=("decode_head.convs.0.conv.weight",),
        renames=(("decode_head.convs.0.", "neck.fuse_conv."), *_THE_REST),
    ),
    # These name their parts as this package does.
    Layout(name="hrnet_mm HRNetV2", marks=("neck.fuse_conv.conv.weight",), renames=_THE_REST),
    Layout(name="mmseg OCR", marks=("decode_head.1.conv_seg.weight",), renames=_THE_REST),
    Layout(name="mmdet", marks=("neck.reduction_conv.conv.weight",), renames=_THE_REST),
    Layout(
        name="mmpretrain",
        marks=("neck.0.increase_layers.0.0.conv1.weight",),
        renames=_THE_REST,
    ),
    Layout(
        name="mmpose", marks=("backbone.conv1.weight", "head.final_layer.weight"), renames=_THE_REST
    ),
    Layout(name="OpenMMLab", marks=("backbone.conv1.weight",), renames=_THE_REST),
    Layout(name="trunk", marks=()),
)

# What the toolboxes' own models are called where this package has a neck in their place.
OPENMMLAB = {
    "decode_head.conv_seg.": "mmseg",
    "head.final_layer.": "mmpose landmarks",
}


def layout_named(name: str) -> Layout:
    """Return the layout of that name."""
    (layout,) = (layout for layout in LAYOUTS if layout.name == name)
    return layout
