"""Toy scenes: a small, generated dataset with every kind of annotation the toolboxes read.

Importing this needs neither torch nor a toolbox.
"""

from demo.painter.classes import (
    IGNORED_LABEL,
    KEYPOINTS,
    PALETTE,
    SEMANTIC_CLASSES,
    SKELETON,
    STUFF,
    THINGS,
)
from demo.painter.contact_sheet import contact_sheet
from demo.painter.scenes import Instance, Scene, draw_scene
from demo.painter.toy_scenes import write_toy_scenes

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
