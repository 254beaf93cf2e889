"""Hooks for mmengine's Runner."""

from hrnet_mm.engine.consistency import ConsistencyHook
from hrnet_mm.engine.divergence import DivergenceHook
from hrnet_mm.engine.memory_format import ChannelsLastHook
from hrnet_mm.engine.resuming import ResumeHook
from hrnet_mm.engine.seeding import SeedHook

__all__ = ["ChannelsLastHook", "ConsistencyHook", "DivergenceHook", "ResumeHook", "SeedHook"]
