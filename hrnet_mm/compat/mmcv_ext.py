"""A stand-in for ``mmcv._ext``, mmcv's compiled operators, where mmcv has none.

Broken: mmcv-lite carries no ``_ext``, and no mmcv wheel exists for torch >= 2.5 (compiling takes a
CUDA toolkit), so ``mmdet.models``, ``mmpose.models`` and ``mmseg.models`` stop at their import with
``ModuleNotFoundError: No module named 'mmcv._ext'``, although HRNet needs few operators or none.
Since: mmcv 2.0, which split off mmcv-lite.
Can go: when the toolboxes import without compiled operators, or wheels of mmcv follow torch.

The operators of `mmcv_operators` work; any other one can be imported and raises when it is called.
"""

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

from hrnet_mm.compat.repair import Repair


def _has_no_compiled_operators(_: ModuleType) -> bool:
    return importlib.util.find_spec("mmcv._ext") is None


def _install_stand_in(mmcv: ModuleType) -> None:
    # mmengine and mmcv ask the spec for a loader to learn whether operators are there.
    stand_in = importlib.util.module_from_spec(ModuleSpec("mmcv._ext", _StandInLoader()))
    sys.modules["mmcv._ext"] = stand_in
    vars(mmcv)["_ext"] = stand_in


class _StandIn(ModuleType):
    """Serves the operators by name; loads torch at the first one."""

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

        from hrnet_mm.compat import mmcv_deform_conv, mmcv_operators

        for module in (mmcv_operators, mmcv_deform_conv):
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


def not_served(what: str) -> NotImplementedError:
    """The error for an operator, or a mode of one, that has no stand-in."""
    return NotImplementedError(
        f"mmcv's operator {what} is not served: the installed mmcv has no compiled operators "
        "(mmcv-lite), and hrnet_mm stands in for those only that HRNet detectors need. To get it, "
        "replace mmcv-lite by a compiled mmcv: `pip uninstall mmcv-lite`, then `pip install "
        "--no-build-isolation mmcv==2.1.0`, which compiles it, or `pip install onedl-mmcv`."
    )


REPAIR = Repair(
    title="mmcv._ext: operators by torchvision where mmcv has none compiled",
    waits_for="mmcv",
    is_faulty=_has_no_compiled_operators,
    mend=_install_stand_in,
)
