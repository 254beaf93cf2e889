"""The ways in which public files name the weights of an HRNet.

The backbone's weights have the same names everywhere; heads and necks differ. A `Layout` maps their
names to the canonical ones: those of a model of this package, ``backbone.*``, ``neck.*`` and those
of the toolbox's head.

Sources: the official code bases (deep-high-resolution-net.pytorch, HRNet-Image-Classification,
HRNet-Semantic-Segmentation, HRNet-Facial-Landmark-Detection, HRNet-Object-Detection, HigherHRNet)
and timm, whose classifiers are named as the official ones; OpenMMLab's toolboxes, 0.x and 1.x.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

Names = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one code base names the weights of one kind of model.

    Attributes:
        name: Its name in reports.
        marks: Names that such a file has; the first of `LAYOUTS` whose marks are there is taken.
        renames: Pairs of prefixes, the layout's and the canonical one; the first that fits counts.
        biased: Canonical names of modules of convolution (``conv``) and norm (``bn``) whose
            convolution has a bias in this layout.
        background_first: Whether box heads count the background as class 0, not as the last.
        inplace_abn: Whether a file without ``num_batches_tracked`` is of InPlaceABN.
    """

    name: str
    marks: tuple[str, ...]
    renames: Names = ()
    biased: tuple[str, ...] = ()
    background_first: bool = False
    inplace_abn: bool = False

    @property
    def official(self) -> bool:
        """Whether it is of the papers' authors, whose files do not name their dataset."""
        return self.name.startswith("official")

    def canonical_name(self, name: str) -> str | None:
        """Return the canonical name of a weight of this layout, None if it has none."""
        return _renamed(name, self.renames)

    def own_name(self, name: str) -> str | None:
        """Return this layout's name of a canonical weight, None if it has no place in it."""
        return _renamed(name, ((canonical, own) for own, canonical in self.renames))


def _renamed(name: str, prefixes: Iterable[tuple[str, str]]) -> str | None:
    new = (new + name.removeprefix(old) for old, new in prefixes if name.startswith(old))
    return next(new, None)


_UNCHANGED: Names = (("", ""),)  # all other names

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


def _ocr() -> Iterator[tuple[str, str]]:
    coarse, final = "decode_head.0", "decode_head.1"
    yield "aux_head.0.", f"{coarse}.convs.0.conv."
    yield "aux_head.1.", f"{coarse}.convs.0.bn."
    yield "aux_head.3.", f"{coarse}.conv_seg."
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
    *_UNCHANGED,
)


def _canonical(name: str, *marks: str) -> Layout:
    """Describe a layout whose names are the canonical ones."""
    return Layout(name=name, marks=marks, renames=_UNCHANGED)


LAYOUTS = (
    Layout(
        name="official OCR",
        marks=("cls_head.weight", "aux_head.0.weight"),
        renames=tuple(_ocr()),
        biased=("decode_head.0.convs.0", "decode_head.1.bottleneck"),
        inplace_abn=True,
    ),
    Layout(
        name="official segmentation",
        marks=("last_layer.0.weight",),
        renames=_v2_head("last_layer", "decode_head.conv_seg"),
        biased=("neck.fuse_conv",),
        inplace_abn=True,
    ),
    Layout(
        name="official landmarks",
        marks=("head.0.weight", "head.3.weight"),
        renames=_v2_head("head", "head.final_layer"),
        biased=("neck.fuse_conv",),
    ),
    Layout(
        name="official classification, timm",
        marks=("incre_modules.0.0.conv1.weight",),
        renames=(*_CLS_NECK, ("classifier.", "head.fc.")),
        biased=(*(f"neck.0.downsample_layers.{i}" for i in range(3)), "neck.0.final_layer"),
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
    _canonical("hrnet_mm HRNetV2", "neck.fuse_conv.conv.weight"),
    Layout(
        name="mmpose 0.x landmarks",
        marks=("keypoint_head.final_layer.0.weight",),
        renames=(*_v2_head("keypoint_head.final_layer", "head.final_layer"), *_UNCHANGED),
        biased=("neck.fuse_conv",),
    ),
    Layout(
        name="mmpose landmarks",
        marks=("head.conv_layers.0.weight",),
        renames=(
            ("head.conv_layers.0.", "neck.fuse_conv.conv."),
            ("head.conv_layers.1.", "neck.fuse_conv.bn."),
            *_UNCHANGED,
        ),
        biased=("neck.fuse_conv",),
    ),
    Layout(
        name="mmpose 0.x",
        marks=("keypoint_head.final_layer.weight",),
        renames=(("keypoint_head.", "head."), *_UNCHANGED),
    ),
    Layout(
        name="mmseg",
        marks=("decode_head.convs.0.conv.weight",),
        renames=(("decode_head.convs.0.", "neck.fuse_conv."), *_UNCHANGED),
    ),
    _canonical("mmseg OCR", "decode_head.1.conv_seg.weight"),
    _canonical("mmdet", "neck.reduction_conv.conv.weight"),
    _canonical("mmpretrain", "neck.0.increase_layers.0.0.conv1.weight"),
    _canonical("mmpose", "backbone.conv1.weight", "head.final_layer.weight"),
    _canonical("OpenMMLab", "backbone.conv1.weight"),
    Layout(name="backbone", marks=()),
)


def layout_of(names: Container[str], *, official: bool = True) -> Layout:
    """Return the first layout whose marks are among the names of a model's weights.

    Args:
        names: Of the weights, without what wraps the model.
        official: Whether it may be an official one.
    """
    layouts = (layout for layout in LAYOUTS if official or not layout.official)
    return next(layout for layout in layouts if all(mark in names for mark in layout.marks))


def layout_named(name: str) -> Layout:
    """Return the layout of that name."""
    return next(layout for layout in LAYOUTS if layout.name == name)
