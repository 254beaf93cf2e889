"""The official recipes of segmentation: what each config of theirs says."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.zoo.test_segmentation_siblings import LEAVES


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An official recipe, as its yaml and code have it.

    Attributes:
        images: Of the training data.
        scales: The yaml's SCALE_FACTOR: 0.5 to 0.5 + scales / 10 in tenths.
        base: The long side at scale 1.
        short: What the short side becomes before that.
        windows: Crop and stride of the test, None for whole images.
    """

    data_set: str
    classes: int
    epochs: int
    images: int
    gpus: int
    batch: int
    crop: tuple[int, int]
    base: int
    scales: int = 16
    short: int | None = None
    lr: float
    decay: float
    head_lr: int = 1
    ocr: bool = False
    momentum: float = 0.1
    aligned: bool = False
    hard: bool = False
    weighted: bool = False
    windows: tuple[int, int] | None = None
    arch: str = "w48"
    padded: bool = True

    @property
    def iterations(self) -> int:
        """What a DistributedSampler and drop_last leave (train.py of branch pytorch-v1.1)."""
        return self.epochs * (math.ceil(self.images / self.gpus) // self.batch)


CITYSCAPES = Recipe(
    data_set="CityscapesDataset",
    classes=19,
    epochs=484,
    images=2975,
    gpus=4,
    batch=3,
    crop=(512, 1024),
    base=2048,
    lr=0.01,
    decay=5e-4,
    momentum=0.01,
    weighted=True,
    padded=False,
)
LIP = Recipe(
    data_set="LIPDataset",
    classes=20,
    epochs=150,
    images=30_462,
    gpus=4,
    batch=10,
    crop=(473, 473),
    base=473,
    scales=11,
    lr=0.007,
    decay=5e-4,
    momentum=0.01,
)
CONTEXT_480 = Recipe(
    data_set="PascalContextDataset",
    classes=60,
    epochs=200,
    images=4998,
    gpus=4,
    batch=4,
    crop=(480, 480),
    base=520,
    lr=0.004,
    decay=1e-4,
    momentum=0.01,
    windows=(480, 320),
)
CONTEXT_520 = replace(
    CONTEXT_480,
    crop=(520, 520),
    short=520,
    lr=0.001,
    head_lr=10,
    momentum=0.1,
    windows=(520, 346),
)
CONTEXT_59: Any = dict(data_set="PascalContextDataset59", classes=59)
ADE20K = replace(
    CONTEXT_520,
    data_set="ADE20KDataset",
    classes=150,
    epochs=120,
    images=20_210,
    lr=0.02,
    head_lr=1,
    aligned=True,
    hard=True,
)
COCO_STUFF = replace(
    CONTEXT_520,
    data_set="COCOStuffDataset",
    classes=171,
    epochs=110,
    images=9000,
    aligned=True,
    hard=True,
)
OCR: Any = dict(ocr=True, momentum=0.1, aligned=True)
TRAINVAL: Any = dict(images=2975 + 500)
AGAIN: Any = dict(**TRAINVAL, lr=0.001)
OFFICIAL = {
    "fcn_hr18-small-v1_4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, arch="w18_small_v1"),
    "fcn_hr18s_4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, arch="w18_small_v2"),
    "fcn_hr18_4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, arch="w18"),
    "fcn_hr40_4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, arch="w40"),
    "fcn_hr48_4xb3-120k_cityscapes-512x1024": CITYSCAPES,
    "fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, hard=True),
    "fcn_hr48_4xb3-140k_cityscapes-trainval-512x1024": replace(CITYSCAPES, **AGAIN),
    "fcn_hr48_ohem-4xb3-140k_cityscapes-trainval-512x1024": replace(CITYSCAPES, **AGAIN, hard=True),
    "fcn_hr48_ssld-8xb2-90k_cityscapes-512x1024": replace(
        CITYSCAPES, gpus=8, batch=2, momentum=0.1
    ),
    "ocrnet_hr48_4xb3-120k_cityscapes-512x1024": replace(CITYSCAPES, **OCR),
    "ocrnet_hr48_4xb3-140k_cityscapes-trainval-512x1024": replace(CITYSCAPES, **TRAINVAL, **OCR),
    "fcn_hr48_4xb10-114k_lip-473x473": LIP,
    "ocrnet_hr48_4xb10-114k_lip-473x473": replace(LIP, **OCR),
    "fcn_hr48_4xb4-62k_pascal-context-59-480x480": replace(CONTEXT_480, **CONTEXT_59),
    "fcn_hr48_4xb4-62k_pascal-context-480x480": CONTEXT_480,
    "fcn_hr48_4xb4-62k_pascal-context-59-520x520": replace(CONTEXT_520, **CONTEXT_59),
    "ocrnet_hr48_4xb4-62k_pascal-context-59-520x520": replace(CONTEXT_520, **CONTEXT_59, **OCR),
    "ocrnet_hr48_4xb4-62k_pascal-context-520x520": replace(CONTEXT_520, **OCR),
    "fcn_hr48_ohem-4xb4-152k_ade20k-520x520": replace(ADE20K, scales=11),
    "ocrnet_hr48_ohem-4xb4-152k_ade20k-520x520": replace(ADE20K, **OCR),
    "fcn_hr48_ohem-4xb4-62k_coco-stuff10k-520x520": COCO_STUFF,
    "ocrnet_hr48_ohem-4xb4-62k_coco-stuff10k-520x520": replace(COCO_STUFF, **OCR),
}
LEAF_OF = {Path(name).stem: name for name in LEAVES}
CLASS_WEIGHTS = (  # cityscapes.py:62-66 of the official code
    "0.8373 0.918 0.866 1.0345 1.0166 0.9969 0.9754 1.0489 0.8786 1.0023 "
    "0.9539 0.9843 1.1116 0.9037 1.0865 1.0955 1.0865 1.1529 1.0507"
)

official = pytest.mark.parametrize(("stem", "recipe"), OFFICIAL.items(), ids=OFFICIAL)
