"""A stand-in for ``mmcv._ext``, mmcv's compiled operators, where mmcv has none that load.

Broken: mmcv-lite carries no ``_ext``, and no mmcv wheel exists for torch >= 2.5 (compiling takes a
CUDA toolkit), so ``mmdet.models``, ``mmpose.models`` and ``mmseg.models`` stop at their import with
``ModuleNotFoundError: No module named 'mmcv._ext'``, although HRNet needs few operators or none.
Since: mmcv 2.0, which split off mmcv-lite.
Can go: when the toolboxes import without compiled operators, or wheels of mmcv follow torch.

The operators in `operators` and `deform_conv` work; all others can be imported and raise an error
when called.

A compiled ``_ext`` that loads is never replaced. One that does not load, since it was compiled for
another PyTorch (``ImportError: ... undefined symbol``), is replaced with a warning, which
``python -m hrnet_mm`` shows too.
"""

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

from hrnet_mm.compat.mmcv_ext.refusal import GET_OPERATORS, not_served
from hrnet_mm.post_import import Patch, import_error


def _install_stand_in(mmcv: ModuleType) -> str | None:
    is_compiled = importlib.util.find_spec("mmcv._ext") is not None
    stand_in = _StandIn("mmcv._ext", doc=__doc__)
    # mmengine and mmcv look for a loader in the spec to learn whether operators exist.
    stand_in.__spec__ = ModuleSpec(stand_in.__name__, Loader())
    stand_in.instead_of_broken = fault = import_error("mmcv._ext") if is_compiled else None
    sys.modules["mmcv._ext"] = stand_in
    vars(mmcv)["_ext"] = stand_in
    if fault is None:
        return None
    return (
        f"the compiled operators of mmcv do not load ({fault}), so there are only those that HRNet "
        f"needs; for all of them: {GET_OPERATORS}"
    )


def broken_operators() -> str | None:
    """Return why mmcv's compiled operators do not load or do not fit it; None if they work."""
    operators = sys.modules.get("mmcv._ext")
    if isinstance(operators, _StandIn):
        return operators.instead_of_broken
    if importlib.util.find_spec("mmcv._ext") is None:
        return None
    return import_error("mmcv.ops")  # it asserts that each operator exists


class _StandIn(ModuleType):
    """Module that looks up the operators by name; imports torch at the first one."""

    instead_of_broken: str | None

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

        from hrnet_mm.compat.mmcv_ext import deform_conv, operators

        for module in (operators, deform_conv):
            if name in module.__all__:
                return getattr(module, name)

        def refuse(*_: object, **__: object) -> NoReturn:
            raise not_served(name)

        return refuse


REPAIR = Patch(
    title="mmcv._ext: operators by torchvision where mmcv has none compiled",
    waits_for="mmcv",
    is_needed=lambda _: import_error("mmcv._ext") is not None,
    apply=_install_stand_in,
)
