"""Hooks for mmengine's Runner."""

from hrnet_mm.hooks.bad_samples import SkipBadSamplesHook
from hrnet_mm.hooks.compiling import CompileHook
from hrnet_mm.hooks.consistency import ConsistencyHook
from hrnet_mm.hooks.divergence import DivergenceHook
from hrnet_mm.hooks.resuming import ResumeHook
from hrnet_mm.hooks.seeding import SeedHook

__all__ = [
    "CompileHook",
    "ConsistencyHook",
    "DivergenceHook",
    "ResumeHook",
    "SeedHook",
    "SkipBadSamplesHook",
]
