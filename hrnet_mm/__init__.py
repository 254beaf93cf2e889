"""One HRNet for all of OpenMMLab: a backbone and its necks, registered for every toolbox.

Importing this package is fast and silent: it imports neither torch nor a toolbox. The repairs of
the OpenMMLab packages (`hrnet_mm.compat`) and the registration wait for the modules they need.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from hrnet_mm import checkpoint, compat
from hrnet_mm.post_import import attempt, install, retry_after_imports, when_imported
from hrnet_mm.version import __version__

__all__ = ["__version__"]

install(compat.REPAIRS)
install(checkpoint.PATCHES)


def _register() -> bool:
    # mmengine imports mmengine.model before it builds anything by name.
    if "mmengine.model" not in sys.modules:
        return False
    attempt("what hrnet_mm registers is registered", _import_registered)
    return True


def _import_registered() -> str:
    if find_spec("mmcv") is None:
        return "not done: mmcv is missing"
    return _import("models", "hooks", "transforms")


def _import(*names: str) -> str:
    for name in names:
        import_module(f"hrnet_mm.{name}")
    return "done"


retry_after_imports(("mmengine", "mmcv"), _register)
when_imported(
    "mmpose.codecs",
    lambda _: attempt("mmpose knows the codecs of hrnet_mm", lambda: _import("codecs")),
)


def _add_package(config_utils: ModuleType) -> str:
    # Where `get_config('hrnet_mm::...')` and the Inferencers look for packages with configs.
    config_utils.MODULE2PACKAGE["hrnet_mm"] = "hrnet_mm"
    return "done"


when_imported(
    "mmengine.config.utils",
    lambda module: attempt("configs are found as hrnet_mm::...", lambda: _add_package(module)),
)
