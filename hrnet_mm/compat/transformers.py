"""mmpretrain's multi-modal models are disabled where the installed transformers breaks them.

Broken: mmpretrain takes any transformers >= 4.28 for its multi-modal models and then imports names
from `transformers.modeling_utils` that no longer exist. ``import mmpretrain.models`` stops with
``ImportError: cannot import name 'GenerationMixin'`` or with ``TypeError: NoneType takes no
arguments``; the latter stops ``import mmdet.models`` too, which tries mmpretrain.
Since: transformers 4.51 to 4.53 (GenerationMixin), 4.56 (apply_chunking_to_forward).
Can go: when mmpretrain limits the version of transformers or supports later ones.

mmpretrain then behaves as without transformers: these models say at their use what to install.
"""

from importlib import import_module
from types import ModuleType

from hrnet_mm.post_import import Patch

# Imports of mmpretrain.models.multimodal that some versions of transformers lack.
_NEEDED = (
    "GenerationMixin",
    "apply_chunking_to_forward",
    "find_pruneable_heads_and_indices",
    "prune_linear_layer",
)


def _breaks_at_import(dependency: ModuleType) -> bool:
    return dependency.WITH_MULTIMODAL and not _transformers_fits()


def _transformers_fits() -> bool:
    try:
        modeling_utils = import_module("transformers.modeling_utils")
    except Exception:  # whatever it is, mmpretrain would fail too
        return False
    return all(hasattr(modeling_utils, name) for name in _NEEDED)


def _disable_multimodal(dependency: ModuleType) -> None:
    vars(dependency)["WITH_MULTIMODAL"] = False


REPAIR = Patch(
    title="mmpretrain: imports with any transformers",
    waits_for="mmpretrain.utils.dependency",
    is_needed=_breaks_at_import,
    apply=_disable_multimodal,
)
