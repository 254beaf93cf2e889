"""The HRNet backbone and its necks; a loss and a test-time augmentation of the official recipes."""

from hrnet_mm.models.arch import ARCHS, HRNetArch, StageArch
from hrnet_mm.models.hrnet import HRNetBackbone
from hrnet_mm.models.losses import OhemCrossEntropyLoss
from hrnet_mm.models.necks import HRNetClsNeck, HRNetV2, HRNetV2p
from hrnet_mm.models.tta import SegMirrorTTAModel

__all__ = [
    "ARCHS",
    "HRNetArch",
    "HRNetBackbone",
    "HRNetClsNeck",
    "HRNetV2",
    "HRNetV2p",
    "OhemCrossEntropyLoss",
    "SegMirrorTTAModel",
    "StageArch",
]
