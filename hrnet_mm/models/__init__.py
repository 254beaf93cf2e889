"""The HRNet backbone and what it is made of."""

from hrnet_mm.models.arch import ARCHS, HRNetArch, StageArch
from hrnet_mm.models.hrnet import HRNetBackbone

__all__ = ["ARCHS", "HRNetArch", "HRNetBackbone", "StageArch"]
