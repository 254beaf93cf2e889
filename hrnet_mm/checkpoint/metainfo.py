"""What the classes or keypoints of an official model are, where two witnesses agree.

Official files name no data set. A number of outputs alone tells too little: 17 keypoints are COCO's
people, but AP-10K's animals too, with other flip pairs. So a data set is taken only where it is one
of those that the layout's code base trains on, and no other of the toolbox has as many outputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class _Outputs:
    """What tells the data set of one kind of official model.

    Attributes:
        head: This package's name of the weight that has an entry for each output.
        kind: What an output is.
        datasets: By number of outputs, the data sets that no other of the toolbox is like.
        describe: Returns a data set's ``dataset_meta``, as its toolbox writes it.
        background: Whether the last output is the background's.
    """

    head: str
    kind: str
    datasets: Mapping[int, str]
    describe: Callable[[str], dict[str, Any]]
    background: bool = False


def dataset_meta_of(layout: str, weights: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """Return the ``dataset_meta`` of an official model.

    None if its data set is unknown, or if the toolbox, or its description of the data set, is not
    installed: weights load without it.

    Args:
        layout: Name of the file's layout.
        weights: Of the whole model, by this package's names.
    """
    outputs = _BY_LAYOUT.get(layout)
    number = _number(outputs, weights)
    if outputs is None or number is None or number not in outputs.datasets:
        return None
    try:
        return outputs.describe(outputs.datasets[number])
    except (ImportError, FileNotFoundError):
        return None


def note_on_names(layout: str, weights: Mapping[str, Tensor], *, known: bool) -> str | None:
    """Say whose names the classes or keypoints of an official model have; None without a head.

    Args:
        layout: Name of the file's layout.
        weights: Of the whole model, by this package's names.
        known: Whether there is a ``dataset_meta``.
    """
    outputs = _BY_LAYOUT.get(layout)
    number = _number(outputs, weights)
    if outputs is None or number is None:
        return None
    what = f"names of the {number} {outputs.kind}"
    give = "as metainfo of the config's dataset, or in the file as meta['dataset_meta']"
    if known and number in outputs.datasets:
        return f"{what}: {outputs.datasets[number]}'s; give others {give}"
    return None if known else f"{what}: unknown, the file has none; give them {give}"


def _number(outputs: _Outputs | None, weights: Mapping[str, Tensor]) -> int | None:
    if outputs is None or outputs.head not in weights:
        return None
    return len(weights[outputs.head]) - outputs.background


def _mmseg(name: str) -> dict[str, Any]:
    from mmseg import datasets

    return dict(getattr(datasets, name).METAINFO)


def _mmpose(name: str) -> dict[str, Any]:
    import mmpose
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    bases = Path(mmpose.__file__ or "").parent / ".mim/configs/_base_/datasets"
    return parse_pose_metainfo({"from_file": str(bases / f"{name}.py")})


def _mmdet(name: str) -> dict[str, Any]:
    from mmdet import datasets

    return dict(getattr(datasets, name).METAINFO)


def _mmpretrain(name: str) -> dict[str, Any]:
    from mmpretrain import datasets

    return dict(getattr(datasets, name).METAINFO)


_BY_LAYOUT = {
    "official OCR": _Outputs(
        head="decode_head.1.conv_seg.bias",
        kind="classes",
        datasets=_SEGMENTATION,
        describe=_mmseg,
    ),
    "official segmentation": _Outputs(
        head="decode_head.conv_seg.bias", kind="classes", datasets=_SEGMENTATION, describe=_mmseg
    ),
    "official landmarks": _Outputs(
        head="head.final_layer.bias",
        kind="keypoints",
        datasets={29: "cofw", 98: "wflw"},
        describe=_mmpose,
    ),
    "official pose": _Outputs(
        head="head.final_layer.bias", kind="keypoints", datasets={16: "mpii"}, describe=_mmpose
    ),
    "official detection": _Outputs(
        head="roi_head.bbox_head.fc_cls.bias",
        kind="classes",
        datasets={80: "CocoDataset"},
        describe=_mmdet,
        background=True,
    ),
    "official classification, timm": _Outputs(
        head="head.fc.bias", kind="classes", datasets={1000: "ImageNet"}, describe=_mmpretrain
    ),
}
