"""Hooks for mmengine's Runner."""

from hrnet_mm.engine.seeding import SeedHook

__all__ = ["SeedHook"]
