"""mmengine and mmcv ask importlib whether mmcv has compiled operators.

Broken: ``mmcv_full_available`` of mmengine and ``check_ops_exist`` of mmcv call
``pkgutil.find_loader``, so that a model with SyncBN, and an optimizer whose parameters have options
of their own, stop with ``AttributeError: module 'pkgutil' has no attribute 'find_loader'``.
Since: Python 3.14.
Can go: when both ask importlib themselves.

Both look the function up when they are called, so it is enough to repair modules that are imported
already.
"""

import importlib.util
import pkgutil
from types import ModuleType, SimpleNamespace

from hrnet_mm.post_import import Patch


def _asks_pkgutil_in_vain(module: ModuleType) -> bool:
    return getattr(module, "pkgutil", None) is pkgutil and not hasattr(pkgutil, "find_loader")


def _ask_importlib(module: ModuleType) -> None:
    vars(module)["pkgutil"] = SimpleNamespace(find_loader=importlib.util.find_spec)


REPAIRS = tuple(
    Patch(
        title=f"{module.partition('.')[0]}: compiled operators without pkgutil.find_loader",
        waits_for=module,
        is_needed=_asks_pkgutil_in_vain,
        apply=_ask_importlib,
    )
    for module in ("mmengine.utils.dl_utils.misc", "mmcv.utils.ext_loader")
)
