"""What an exported network predicts, and how its input and output are treated."""

from dataclasses import dataclass
from typing import Literal

from hrnet_mm.deploy.pose_scores import PoseScores

Color = tuple[int, int, int]  # red, green, blue
Size = tuple[int, int]  # width, height


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How keypoints are read from heatmaps: a codec of mmpose, or of `hrnet_mm.codecs`.

    Attributes:
        name: Of the class.
        unbiased: Whether an `MSRAHeatmap` refines peaks as DARK does (arXiv 1910.06278).
        blur_kernel_size: Of DARK's smoothing, in heatmap pixels.
        heatmap_type: Of a `UDPHeatmap`; "combined" heatmaps come with offsets in x and y.
        radius_factor: Unit of these offsets, as a share of the heatmap's longer side.
    """

    name: Literal["MSRAHeatmap", "UDPHeatmap", "FlooredHeatmap"]
    unbiased: bool = False
    blur_kernel_size: int = 11
    heatmap_type: Literal["gaussian", "combined"] = "gaussian"
    radius_factor: float = 0.0546875


@dataclass(frozen=True, kw_only=True)
class FlipTest:
    """The heatmaps are the mean of those of the image and of the mirrored image.

    Attributes:
        mode: As mmpose's ``flip_mode``.
        shift: Whether the mirrored heatmaps move by a pixel to the right, ``shift_heatmap``.
    """

    mode: Literal["heatmap", "udp_combined"]
    shift: bool


@dataclass(frozen=True, kw_only=True)
class PoseTask:
    """Heatmaps of the keypoints of what is in a box.

    Attributes:
        padding: The crop is this many times the box.
        use_udp: Whether the crop is that of UDP (arXiv 1911.07524).
        codec: How heatmaps become keypoints.
        flip_test: None without.
        scores: How poses are ranked.
        keypoints: The names.
        flip_indices: For each keypoint that on the other side.
        keypoint_colors: In RGB order.
        links: Pairs of indices of keypoints.
        link_colors: In RGB order.
    """

    name: Literal["pose"] = "pose"
    padding: float
    use_udp: bool
    codec: Codec
    flip_test: FlipTest | None
    scores: PoseScores
    keypoints: tuple[str, ...]
    flip_indices: tuple[int, ...]
    keypoint_colors: tuple[Color, ...]
    links: tuple[tuple[int, int], ...]
    link_colors: tuple[Color, ...]


@dataclass(frozen=True, kw_only=True)
class Resize:
    """A bilinear resizing of the image, in uint8.

    Attributes:
        scale: Width and height, or, with ``keep_ratio``, the longest and the shortest side at most,
            in any order.
        keep_ratio: Whether the ratio of the sides stays.
    """

    scale: Size
    keep_ratio: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """The windows in which a network sees an image, one after the other.

    Attributes:
        size: Width and height.
        stride: In x and y.
    """

    size: Size
    stride: Size


@dataclass(frozen=True, kw_only=True)
class SegTask:
    """Logits of the classes, (N, C, H, W), at any stride.

    Attributes:
        resizes: One after the other; none for images in their own size.
        window: None for the whole image at once.
        align_corners: Of the bilinear resizing of the logits, to the input's and the image's size.
        reduce_zero_label: Whether the dataset's label maps have one more class before the first.
        classes: The names.
        palette: Their colours in RGB order.
    """

    name: Literal["seg"] = "seg"
    resizes: tuple[Resize, ...]
    window: Window | None
    align_corners: bool
    reduce_zero_label: bool
    classes: tuple[str, ...]
    palette: tuple[Color, ...]


@dataclass(frozen=True, kw_only=True)
class ClsTask:
    """Logits of the classes, (N, C).

    Attributes:
        short_edge: The image is resized so that its shorter side has this many pixels; None for no
            resizing.
        backend: Which library's bilinear resizing; that of Pillow averages where it reduces.
        crop: Width and height of the part in the centre that is taken; None for all.
        classes: The names.
    """

    name: Literal["cls"] = "cls"
    short_edge: int | None
    backend: Literal["cv2", "pillow"]
    crop: Size | None
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DenseHead:
    """FCOS: for each level class scores, distances to the four edges, and centerness, all logits.

    Distances are in pixels of the input, centerness is a logit. The fields are those of mmdet's
    ``bbox_head`` and ``test_cfg``. The outputs of the graph are named ``scores0``, ``boxes0``,
    ``centerness0`` for the finest level, and so on.
    """

    name: Literal["fcos"] = "fcos"
    strides: tuple[int, ...]
    score_threshold: float
    candidates_per_level: int
    nms_threshold: float
    max_boxes: int


@dataclass(frozen=True, kw_only=True)
class BoxCoder:
    """The means and standard deviations that make a box of deltas, as mmdet's DeltaXYWHBBoxCoder.

    Attributes:
        means: Of x, y, log width and log height.
        stds: The same.
        legacy: Whether a box that ends at a pixel contains it, as before mmdet 2.
    """

    means: tuple[float, float, float, float]
    stds: tuple[float, float, float, float]
    legacy: bool


@dataclass(frozen=True, kw_only=True)
class TwoStageHead:
    """Faster R-CNN in two graphs: ``features`` with the proposals' network, and ``roi_head``.

    ``features`` gives ``level0`` ..., and for each level ``objectness0`` ... (N, A, H, W), logits,
    and ``deltas0`` ... (N, 4 A, H, W). ``roi_head`` takes the levels and ``rois`` (R, 5), the index
    in the batch and the box, and gives ``scores`` (R, C + 1), logits, and ``deltas`` (R, 4 C) or
    (R, 4). The fields are those of mmdet's parts.
    """

    name: Literal["faster-rcnn"] = "faster-rcnn"
    base_anchors: tuple[tuple[tuple[float, float, float, float], ...], ...]
    strides: tuple[int, ...]
    proposal_coder: BoxCoder
    candidates_per_level: int
    proposal_nms_threshold: float
    max_proposals: int
    box_coder: BoxCoder
    score_threshold: float
    nms_threshold: float
    max_boxes: int


@dataclass(frozen=True, kw_only=True)
class DetTask:
    """Objects in boxes.

    Attributes:
        resizes: One after the other; none for images in their own size.
        head: What the outputs mean, and how boxes are made of them.
        classes: The names.
        palette: Their colours in RGB order.
    """

    name: Literal["det"] = "det"
    resizes: tuple[Resize, ...]
    head: DenseHead | TwoStageHead
    classes: tuple[str, ...]
    palette: tuple[Color, ...]


@dataclass(frozen=True, kw_only=True)
class FeaturesTask:
    """The feature maps of a backbone, for whoever makes something of them."""

    name: Literal["features"] = "features"


Task = PoseTask | SegTask | ClsTask | DetTask | FeaturesTask
