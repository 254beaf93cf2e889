"""One HRNet for all of OpenMMLab: a backbone and its necks, registered for every toolbox.

Importing this package is cheap and silent: it imports neither torch nor a toolbox. The repairs of
the host stack (`hrnet_mm.compat`) and the registration wait for the modules that they need.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from hrnet_mm import compat
from hrnet_mm.version import __version__

__all__ = ["__version__"]

compat.install(compat.REPAIRS)


def _register_models() -> bool:
    # mmengine imports mmengine.model before it builds anything by name.
    if "mmengine.model" not in sys.modules:
        return False
    if find_spec("mmcv") is not None:  # `python -m hrnet_mm` tells if it is missing
        import_module("hrnet_mm.models")
    return True


compat.when_settled(("mmengine", "mmcv"), _register_models)


def _register_codecs(_: ModuleType) -> None:
    import_module("hrnet_mm.codecs")


compat.when_imported("mmpose.codecs", _register_codecs)


def _enter_package(config_utils: ModuleType) -> None:
    # Where `get_config('hrnet_mm::...')` and the Inferencers look for packages with configs.
    config_utils.MODULE2PACKAGE["hrnet_mm"] = "hrnet_mm"


compat.when_imported("mmengine.config.utils", _enter_package)
