"""A stand-in for xtcocotools, mmpose's COCO evaluation, where there is none that works.

Broken: mmpose does not import without xtcocotools, which has to be compiled: its one wheel, for
Python 3.11, is for numpy 1 (``ValueError: numpy.dtype size changed``), and its sources do not build
on Python 3.13. Compiled for numpy 2 it cannot decode a mask (``AttributeError: module 'numpy' has
no attribute 'NPY_OWNDATA'``), which bottom-up training does for each image.
Since: numpy 2.0, xtcocotools up to 1.14.3.
Can go: when xtcocotools has wheels for numpy 2, or mmpose evaluates with pycocotools.

The modules of this folder are served as ``xtcocotools.coco``, ``.cocoeval`` and ``.mask``. They are
built on pycocotools, which has wheels, and define what differs from it. An xtcocotools that works
is never replaced.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from hrnet_mm.post_import import CannotPatchError, Patch, raises

_FOLDER = Path(__file__).parent


class _WithoutCode(Loader):
    """Makes an empty package."""

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        pass


class _LastResort(MetaPathFinder):
    """Finds a package xtcocotools where no other finder does; the repair fills it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "xtcocotools":
            return None
        return ModuleSpec(fullname, _WithoutCode(), origin=str(_FOLDER), is_package=True)


def _cannot_decode(_: ModuleType) -> bool:
    def decode() -> None:
        masks = importlib.import_module("xtcocotools._mask")

        import numpy as np

        masks.decode(masks.encode(np.ones((1, 1, 1), dtype=np.uint8, order="F")))  # H, W, N

    return raises((ImportError, ValueError, AttributeError), decode)


def _serve(xtcocotools: ModuleType) -> None:
    if importlib.util.find_spec("pycocotools") is None:
        raise CannotPatchError("it takes pycocotools (pip install pycocotools)")
    if loaded := sys.modules.get("xtcocotools.mask"):  # who has imported it keeps it
        from hrnet_mm.compat.xtcocotools import mask

        vars(loaded).update({name: getattr(mask, name) for name in mask.__all__})
    xtcocotools.__path__ = [str(_FOLDER)]


sys.meta_path.append(_LastResort())

REPAIR = Patch(
    title="xtcocotools: served by pycocotools where it is missing or broken",
    waits_for="xtcocotools",
    is_needed=_cannot_decode,
    apply=_serve,
)
