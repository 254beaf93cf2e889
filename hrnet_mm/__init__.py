"""One HRNet for all of OpenMMLab: a backbone and its necks, registered for every toolbox.

Importing this package is cheap and silent: it imports neither torch nor a toolbox. The repairs of the
host stack (`hrnet_mm.compat`) and the registration wait until the modules they need are imported.
"""

from importlib import import_module
from importlib.util import find_spec

from hrnet_mm import compat
from hrnet_mm.version import __version__

__all__ = ["__version__"]

compat.install(compat.REPAIRS)


def _register(_: object = None) -> None:
    if find_spec("mmcv") is not None:  # `python -m hrnet_mm` says how to get it
        import_module("hrnet_mm.models")


# mmengine imports mmengine.model before it builds anything by name.
compat.when_imported("mmengine.model", _register)
