"""What the classes or keypoints of a public model are, where their number tells."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

# mmseg's data sets by their number of classes, and mmdet's and mmpretrain's one.
_SEGMENTATION = {
    19: "CityscapesDataset",
    150: "ADE20KDataset",
    59: "PascalContextDataset59",
    60: "PascalContextDataset",
    20: "LIPDataset",
    171: "COCOStuffDataset",
}
# mmpose's descriptions of data sets by their number of keypoints.
_KEYPOINTS = {17: "coco", 16: "mpii", 98: "wflw", 68: "300w", 29: "cofw", 19: "aflw"}
_COCO_CLASSES, _IMAGENET_CLASSES = 80, 1000


def dataset_meta_of(weights: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """Return the ``dataset_meta`` of a whole model of this package, as its toolbox writes it.

    None if the head has another number of outputs than a public data set, or if the toolbox, or its
    description of the data set, is not installed: weights load without it.
    """
    for head, describe in _HEADS.items():
        if head in weights:
            try:
                return describe(len(weights[head]))
            except (ImportError, FileNotFoundError):
                return None
    return None


def _of_mmseg(classes: int) -> dict[str, Any] | None:
    if classes not in _SEGMENTATION:
        return None
    from mmseg import datasets

    return dict(getattr(datasets, _SEGMENTATION[classes]).METAINFO)


def _of_mmpose(keypoints: int) -> dict[str, Any] | None:
    if keypoints not in _KEYPOINTS:
        return None
    import mmpose
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    bases = Path(mmpose.__file__ or "").parent / ".mim/configs/_base_/datasets"
    return parse_pose_metainfo({"from_file": str(bases / f"{_KEYPOINTS[keypoints]}.py")})


def _of_mmdet(classes_and_background: int) -> dict[str, Any] | None:
    if classes_and_background != _COCO_CLASSES + 1:
        return None
    from mmdet.datasets import CocoDataset

    return dict(CocoDataset.METAINFO)


def _of_mmpretrain(classes: int) -> dict[str, Any] | None:
    if classes != _IMAGENET_CLASSES:
        return None
    from mmpretrain.datasets import ImageNet

    return dict(ImageNet.METAINFO)


_HEADS: dict[str, Callable[[int], dict[str, Any] | None]] = {
    "decode_head.conv_seg.bias": _of_mmseg,
    "decode_head.1.conv_seg.bias": _of_mmseg,
    "head.final_layer.bias": _of_mmpose,
    "roi_head.bbox_head.fc_cls.bias": _of_mmdet,
    "head.fc.bias": _of_mmpretrain,
}
