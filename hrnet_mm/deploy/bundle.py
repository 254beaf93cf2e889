"""A bundle: a folder with an exported network and all that is needed to predict with it.

``model.json`` describes what stands beside it. Nothing but numpy and the standard library reads it.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hrnet_mm.deploy.parsing import parse
from hrnet_mm.deploy.pose_scores import PoseScores
from hrnet_mm.errors import UserError
from hrnet_mm.whole_file import whole_file

LAYOUT = 1  # counts changes of the fields
DESCRIPTION = "model.json"

Color = tuple[int, int, int]
Size = tuple[int, int]
Triple = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class NetworkInput:
    """What the graph takes: (N, 3, H, W), normalised.

    Attributes:
        name: Of the graph's input.
        width: In pixels; None if the graph takes any.
        height: The same.
        batch: How many images at once; None if the graph takes any number.
        mean: Of each channel, subtracted from values of 0 to 255.
        std: Of each channel, which the difference is divided by.
        channel_order: Of the channels that the network takes; images come in BGR order.
        divisor: Height and width are multiples of it; images are padded at right and bottom.
        pad_value: What they are padded with, after the normalisation.
        dtype: Of the numbers.
    """

    name: str
    width: int | None
    height: int | None
    batch: int | None
    mean: Triple
    std: Triple
    channel_order: Literal["rgb", "bgr"]
    divisor: int = 1
    pad_value: float = 0.0
    dtype: Literal["float32", "float16"] = "float32"


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a graph.

    Attributes:
        name: As the graph calls it.
        shape: Its dimensions; None for those that differ between calls.
        stride: Pixels of the input for one of the feature map; None where there is no such thing.
        meaning: In words.
    """

    name: str
    shape: tuple[int | None, ...]
    stride: int | None
    meaning: str


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


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What ``model.json`` says.

    Attributes:
        layout: The number of this set of fields.
        hrnet_mm: The version that wrote it.
        format: Of the graphs.
        task: What the network predicts, and how its input and output are treated.
        input: What the graph takes.
        outputs: What it gives.
        files: The SHA-256 of each file beside this one, by name.
        config: The name of the config.
        weights_sha256: Of the checkpoint that was exported.
        versions: Of the libraries that took part.
        tolerance: The largest difference to torch's output that was accepted, as a share of the
            largest activation.
        error: The largest difference that was measured, as the same share.
        date: In ISO 8601.
    """

    layout: int = LAYOUT
    hrnet_mm: str
    format: Literal["onnx", "openvino"]
    task: PoseTask | SegTask | ClsTask | DetTask | FeaturesTask
    input: NetworkInput
    outputs: tuple[Output, ...]
    files: dict[str, str]
    config: str
    weights_sha256: str
    versions: dict[str, str]
    tolerance: float
    error: float
    date: str

    @classmethod
    def read(cls, folder: Path) -> "Bundle":
        """Read a bundle, and check that its files are those that were written.

        Raises:
            FileNotFoundError: There is no such folder.
            UserError: It is no bundle, or damaged, or of another version.
        """
        if not folder.exists():
            raise FileNotFoundError(f"there is no bundle {folder}")
        path = folder / DESCRIPTION
        if not path.is_file():
            raise UserError(f"{folder} is no bundle: it has no {DESCRIPTION}")
        try:
            content = json.loads(path.read_bytes())
        except ValueError as error:
            raise UserError(f"{path} is damaged: {error}; export the bundle again") from error
        layout = content.get("layout") if isinstance(content, dict) else None
        if layout != LAYOUT:
            raise UserError(
                f"{path}: layout {layout!r}; this version of hrnet_mm reads layout {LAYOUT}: "
                "export again with it"
            )
        bundle = parse(cls, content, file=path)
        bundle._check_files(folder)
        return bundle

    def write(self, folder: Path) -> None:
        """Write ``model.json``, whole or not at all; ``files`` are there already."""
        self._check_files(folder)
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False)
        with whole_file(folder / DESCRIPTION) as unfinished:
            unfinished.write_text(text + "\n", encoding="utf-8")

    def _check_files(self, folder: Path) -> None:
        for name, expected in self.files.items():
            path = folder / name
            if not path.is_file():
                raise UserError(f"{path} is missing; export the bundle again")
            if sha256_of(path) != expected:
                raise UserError(
                    f"{path} is not the file that {DESCRIPTION} describes (another SHA-256): it is "
                    "damaged or of another bundle; export again"
                )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
