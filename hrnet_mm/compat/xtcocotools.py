"""xtcocotools uses the masks of pycocotools where its own do not work with numpy 2.

Broken: compiled against numpy 2, xtcocotools evaluates keypoints but cannot decode a mask
(``AttributeError: module 'numpy' has no attribute 'NPY_OWNDATA'``), which bottom-up pose training
does for each image; compiled against numpy 1, as its wheel is, it does not even import
(``ValueError: numpy.dtype size changed``).
Since: numpy 2.0, xtcocotools up to 1.14.3.
Can go: when xtcocotools has a release for numpy 2.

Both compile the same C functions; pycocotools keeps up with numpy.
"""

import importlib
import sys
from types import ModuleType

from hrnet_mm.post_import import CannotPatchError, Patch, raises


def _cannot_decode(_: ModuleType) -> bool:
    import numpy as np

    def decode() -> None:
        masks = importlib.import_module("xtcocotools._mask")
        masks.decode(masks.encode(np.ones((1, 1, 1), dtype=np.uint8, order="F")))  # H, W, N

    return raises((ImportError, ValueError, AttributeError), decode)


def _use_masks_of_pycocotools(xtcocotools: ModuleType) -> None:
    try:
        masks = importlib.import_module("pycocotools._mask")
    except ImportError as error:
        raise CannotPatchError("it takes pycocotools (pip install pycocotools)") from error
    bound = {name: getattr(masks, name) for name in ("iou", "merge", "frPyObjects")}
    sys.modules["xtcocotools._mask"] = masks
    vars(xtcocotools)["_mask"] = masks
    if user := sys.modules.get("xtcocotools.mask"):  # it has its own references
        vars(user).update(bound, _mask=masks)


REPAIR = Patch(
    title="xtcocotools: masks by pycocotools on numpy 2",
    waits_for="xtcocotools",
    is_needed=_cannot_decode,
    apply=_use_masks_of_pycocotools,
)
