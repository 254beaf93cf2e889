"""Toy scenes: a small, generated data set with every kind of annotation the toolboxes read.

Importing this needs neither torch nor a toolbox.
"""

from hrnet_mm.datasets.classes import (
    IGNORED_LABEL,
    KEYPOINTS,
    PALETTE,
    SEMANTIC_CLASSES,
    SKELETON,
    STUFF,
    THINGS,
)
from hrnet_mm.datasets.contact_sheet import contact_sheet
from hrnet_mm.datasets.scenes import Instance, Scene, draw_scene
from hrnet_mm.datasets.toy_scenes import write_toy_scenes

__all__ = [
    "IGNORED_LABEL",
    "KEYPOINTS",
    "PALETTE",
    "SEMANTIC_CLASSES",
    "SKELETON",
    "STUFF",
    "THINGS",
    "Instance",
    "Scene",
    "contact_sheet",
    "draw_scene",
    "write_toy_scenes",
]
