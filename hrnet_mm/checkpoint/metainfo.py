"""What the classes or keypoints of a public model are, where their number tells."""

from collections.abc import Mapping
from importlib.util import find_spec
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

    None if the head has another number of outputs than a public data set, or if the toolbox is not
    installed.
    """
    for name in ("decode_head.conv_seg.bias", "decode_head.1.conv_seg.bias"):
        if name in weights and find_spec("mmseg"):
            return _of_mmseg(len(weights[name]))
    if "head.final_layer.bias" in weights and find_spec("mmpose"):
        return _of_mmpose(len(weights["head.final_layer.bias"]))
    box_head = weights.get("roi_head.bbox_head.fc_cls.bias")
    if box_head is not None and len(box_head) == _COCO_CLASSES + 1 and find_spec("mmdet"):
        from mmdet.datasets import CocoDataset

        return dict(CocoDataset.METAINFO)
    classifier = weights.get("head.fc.bias")
    if classifier is not None and len(classifier) == _IMAGENET_CLASSES and find_spec("mmpretrain"):
        from mmpretrain.datasets import ImageNet

        return dict(ImageNet.METAINFO)
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
