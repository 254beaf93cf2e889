"""The HRNet backbone, its necks and what they are made of."""

from hrnet_mm.models.arch import ARCHS, HRNetArch, StageArch
from hrnet_mm.models.hrnet import HRNetBackbone
from hrnet_mm.models.necks import HRNetClsNeck, HRNetV2, HRNetV2p

__all__ = [
    "ARCHS",
    "HRNetArch",
    "HRNetBackbone",
    "HRNetClsNeck",
    "HRNetV2",
    "HRNetV2p",
    "StageArch",
]
