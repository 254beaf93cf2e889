"""Finds the names of the classes or keypoints of an official model, where they are certain.

Official files do not name their dataset, and the number of outputs alone does not tell it: 17
keypoints are COCO's people or AP-10K's animals, which have other flip pairs. So a dataset is taken
only if the layout's code base trains on it and no other dataset of the toolbox has as many outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor

_SEGMENTATION = {
    19: "CityscapesDataset",
    20: "LIPDataset",
    59: "PascalContextDataset59",
    60: "PascalContextDataset",
    150: "ADE20KDataset",
    171: "COCOStuffDataset",
}


@dataclass(frozen=True)
class _Outputs:
    """The outputs of one kind of official model.

    Attributes:
        weight: Canonical name of the weight that has an entry for each output.
        toolbox: The package that describes the datasets.
        datasets: The certain datasets by number of outputs.
        background: Whether the last output is the background's.
    """

    weight: str
    toolbox: str
    datasets: Mapping[int, str]
    background: bool = False

    def number(self, weights: Mapping[str, Tensor]) -> int | None:
        """Count the classes or keypoints; None without a head."""
        bias = weights.get(self.weight)
        return None if bias is None or bias.ndim != 1 else len(bias) - self.background


_BOXES = "roi_head.bbox_head.fc_cls.bias"
_OUTPUTS = {  # by layout
    "official OCR": _Outputs("decode_head.1.conv_seg.bias", "mmseg", _SEGMENTATION),
    "official segmentation": _Outputs("decode_head.conv_seg.bias", "mmseg", _SEGMENTATION),
    "official landmarks": _Outputs("head.final_layer.bias", "mmpose", {29: "cofw", 98: "wflw"}),
    "official pose": _Outputs("head.final_layer.bias", "mmpose", {}),
    "official detection": _Outputs(_BOXES, "mmdet", {80: "CocoDataset"}, background=True),
    "official classification, timm": _Outputs("head.fc.bias", "mmpretrain", {1000: "ImageNet"}),
}


def dataset_meta_of(layout: str, weights: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """Return the ``dataset_meta`` of an official model, as its toolbox writes it.

    None if its dataset is unknown, or if the toolbox, or its description of the dataset, is not
    installed: weights load without it. ``layout`` is the name of the file's layout, ``weights`` are
    by canonical name.
    """
    outputs = _OUTPUTS.get(layout)
    dataset = outputs.datasets.get(outputs.number(weights) or 0) if outputs else None
    if outputs is None or dataset is None:
        return None
    try:
        if outputs.toolbox == "mmpose":
            return _metainfo_of_mmpose(dataset)
        return dict(getattr(import_module(f"{outputs.toolbox}.datasets"), dataset).METAINFO)
    except (ImportError, FileNotFoundError):
        return None


def _metainfo_of_mmpose(dataset: str) -> dict[str, Any]:
    import mmpose
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    bases = Path(mmpose.__file__ or "").parent / ".mim/configs/_base_/datasets"
    return parse_pose_metainfo({"from_file": str(bases / f"{dataset}.py")})


def notes_on_names(layout: str, weights: Mapping[str, Tensor], *, known: bool) -> list[str]:
    """Say which names the classes or keypoints of an official model have; nothing without a head.

    ``known`` tells whether the file has a ``dataset_meta``.
    """
    outputs = _OUTPUTS.get(layout)
    number = outputs.number(weights) if outputs else None
    if outputs is None or number is None:
        return []
    kind = "keypoints" if outputs.toolbox == "mmpose" else "classes"
    what = f"names of the {number} {kind}"
    give = "as metainfo of the config's dataset, or in the file as meta['dataset_meta']"
    if known and number in outputs.datasets:
        return [f"{what}: {outputs.datasets[number]}'s; give others {give}"]
    return [] if known else [f"{what}: unknown, the file has none; give them {give}"]
