"""A stand-in for ``mmcv._ext``, mmcv's compiled operators, where mmcv has none that load.

Broken: mmcv-lite carries no ``_ext``, and no mmcv wheel exists for torch >= 2.5 (compiling takes a
CUDA toolkit), so ``mmdet.models``, ``mmpose.models`` and ``mmseg.models`` stop at their import with
``ModuleNotFoundError: No module named 'mmcv._ext'``, although HRNet needs few operators or none.
Since: mmcv 2.0, which split off mmcv-lite.
Can go: when the toolboxes import without compiled operators, or wheels of mmcv follow torch.

Those of `operators` and `deform_conv` work; any other one can be imported and raises when it is
called.

A compiled ``_ext`` that loads is never replaced. One that does not, as it was compiled for another
PyTorch (``ImportError: ... undefined symbol``), is worth no more than none: the stand-in serves in
its place, and says so, at the import and in ``python -m hrnet_mm``.
"""

import importlib.util
import sys
import warnings
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

from hrnet_mm.compat.mmcv_ext.refusal import GET_OPERATORS, not_served
from hrnet_mm.post_import import Patch, in_one_line


def _has_no_operators_that_load(_: ModuleType) -> bool:
    return importlib.util.find_spec("mmcv._ext") is None or _fault_of_compiled() is not None


def _fault_of_compiled() -> str | None:
    """Why the compiled operators do not load; mmcv has loaded PyTorch, to which they link."""
    try:
        importlib.import_module("mmcv._ext")
    except Exception as error:  # ImportError from the linker, anything from a module's own start
        return in_one_line(error)
    return None


def _install_stand_in(mmcv: ModuleType) -> str | None:
    is_compiled = importlib.util.find_spec("mmcv._ext") is not None
    fault = _fault_of_compiled() if is_compiled else None
    # mmengine and mmcv ask the spec for a loader to learn whether operators are there.
    stand_in = importlib.util.module_from_spec(ModuleSpec("mmcv._ext", _StandInLoader()))
    vars(stand_in)["instead_of_broken"] = fault
    sys.modules["mmcv._ext"] = stand_in
    vars(mmcv)["_ext"] = stand_in
    if fault is None:
        return None
    remark = (
        f"the compiled operators of mmcv do not load ({fault}); for all of them: {GET_OPERATORS}"
    )
    warnings.warn(f"hrnet_mm serves those that HRNet needs: {remark}", RuntimeWarning, stacklevel=2)
    return remark


def broken_operators() -> str | None:
    """Why compiled operators that mmcv has do not load, or do not fit it; None if all is well."""
    operators = sys.modules.get("mmcv._ext")
    if isinstance(operators, _StandIn):
        return operators.instead_of_broken
    if importlib.util.find_spec("mmcv._ext") is None:
        return None
    try:
        importlib.import_module("mmcv.ops")  # asserts that it has each operator
    except Exception as error:
        return in_one_line(error)
    return None


class _StandIn(ModuleType):
    """Serves the operators by name; loads torch at the first one."""

    instead_of_broken: str | None

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

        from hrnet_mm.compat.mmcv_ext import deform_conv, operators

        for module in (operators, deform_conv):
            if name in module.__all__:
                return getattr(module, name)
        return _refusal_of(operator=name)


class _StandInLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name, doc=__doc__)

    def exec_module(self, module: ModuleType) -> None:
        pass  # there is nothing to execute: attributes are looked up when asked for


def _refusal_of(*, operator: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise not_served(operator)

    return refuse


REPAIR = Patch(
    title="mmcv._ext: operators by torchvision where mmcv has none compiled",
    waits_for="mmcv",
    is_needed=_has_no_operators_that_load,
    apply=_install_stand_in,
)
