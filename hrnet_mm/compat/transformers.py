"""mmpretrain's multi-modal models, switched off where the installed transformers breaks them.

Broken: mmpretrain takes any transformers >= 4.28 for its multi-modal models and then imports names
from `transformers.modeling_utils` that are there no more. ``import mmpretrain.models`` stops with
``ImportError: cannot import name 'GenerationMixin'`` or with ``TypeError: NoneType takes no
arguments``; the latter stops ``import mmdet.models`` too, which tries mmpretrain.
Since: transformers 4.51 to 4.53 (GenerationMixin), 4.56 (apply_chunking_to_forward).
Can go: when mmpretrain bounds transformers from above or follows it.

Without them mmpretrain is what it is without transformers: each says at its use what to install.
"""

from importlib import import_module
from types import ModuleType

from hrnet_mm.post_import import Patch

# What mmpretrain.models.multimodal imports, as far as some transformers lacks it.
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
    except Exception:  # whatever stops it here stops mmpretrain just as well
        return False
    return all(hasattr(modeling_utils, name) for name in _NEEDED)


def _switch_off(dependency: ModuleType) -> None:
    vars(dependency)["WITH_MULTIMODAL"] = False


REPAIR = Patch(
    title="mmpretrain: imports beside any transformers",
    waits_for="mmpretrain.utils.dependency",
    is_needed=_breaks_at_import,
    apply=_switch_off,
)
