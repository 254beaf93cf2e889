"""What a checkpoint may hold besides tensors: all the plain data that mmengine's Runner can write.

``torch.load(weights_only=True)`` takes tensors and a few containers. A Runner also writes what
dataset, hooks and schedulers keep: numpy arrays in ``dataset_meta``, histories in the message hub,
and times, paths or options that a user puts into ``meta``. These types are allowed, by the names
under which they are pickled. Building any of them runs no code of the file; a type that can do more
than hold data (``bytes``, ``getattr``, ``numpy.dtype``, ``Namespace``) is replaced by a narrower
one.
"""

import argparse
import os
import pickle
import warnings
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

Allowed = tuple[Callable[..., Any], str]  # with the name under which it is pickled

_PLAIN = (bool, int, float, str, tuple, list, dict, frozenset, slice)
_LONGEST_RANGE = 10**7
_TIMES = (date, datetime, time, timedelta, timezone)


def allowed_types() -> list[Allowed]:
    """Return all that is allowed, with names, for ``torch.serialization.add_safe_globals``."""
    from mmengine.config import Config, ConfigDict
    from mmengine.logging import HistoryBuffer
    from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler
    from torch.torch_version import TorchVersion

    of_libraries = (HistoryBuffer, OneCycleParamScheduler, Config, ConfigDict, TorchVersion)
    return [
        *((cls, name_of(cls)) for cls in (*_PLAIN, *_TIMES, Decimal, UUID, *of_libraries)),
        *_of_numpy(),
        *_paths(),
        (_short_range, "builtins.range"),
        (_empty_bytes, "builtins.bytes"),
        (_narrow_getattr, "builtins.getattr"),
        (_Namespace, "argparse.Namespace"),
        (_dict_for_defaultdict, "collections.defaultdict"),
        (_list_for_deque, "collections.deque"),
    ]


def name_of(allowed: Any) -> str:
    """Return the name under which a type or function is pickled."""
    return f"{allowed.__module__}.{allowed.__qualname__}"


def _of_numpy() -> list[Allowed]:
    import numpy as np

    types = [np.ndarray, *(type(np.dtype(code)) for code in np.typecodes["All"] if _is_plain(code))]
    rebuilds: list[Any] = [np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0]]
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")  # in numpy 1 and 2
    return [
        *((cls, name_of(cls)) for cls in dict.fromkeys(types)),
        *((rebuild, f"{module}.{rebuild.__name__}") for rebuild in rebuilds for module in modules),
        (_plain_dtype, "numpy.dtype"),
    ]


def _is_plain(code: str) -> bool:
    """Tell whether a dtype is of booleans, numbers, bytes, text or times, not objects or fields."""
    import numpy as np

    return np.dtype(code).kind in "biufcSUMm"


def _plain_dtype(code: str, *_: Any) -> Any:  # align and copy, which do not matter
    import numpy as np

    if type(code) is not str or not _is_plain(code):
        raise _refused(
            f"numpy.dtype({code!r})", "arrays may be of numbers, booleans, text, bytes and times"
        )
    return np.dtype(code, copy=True)


def _paths() -> list[Allowed]:
    """Paths under their names of Python 3.13 (``pathlib._local``) and of all others.

    A path of another operating system comes back as its pure kind, which touches no file.
    """
    posix, windows = (PurePosixPath, Path) if os.name == "nt" else (Path, PureWindowsPath)
    kinds = {
        "PosixPath": posix,
        "WindowsPath": windows,
        "PurePosixPath": PurePosixPath,
        "PureWindowsPath": PureWindowsPath,
    }
    modules = ("pathlib", "pathlib._local")
    return [(kind, f"{module}.{name}") for name, kind in kinds.items() for module in modules]


def _refused(what: str, why: str) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(f"it holds {what}, which is not allowed: {why}")


def _short_range(*arguments: int) -> range:
    """Rebuild a range; a list of a long one, in a file of a few bytes, would fill the memory."""
    numbers = range(*arguments)
    if len(numbers[:_LONGEST_RANGE]) == _LONGEST_RANGE:
        raise _refused(f"range{arguments}", "it is too long")
    return numbers


def _empty_bytes(*arguments: Any) -> bytes:
    """Rebuild empty bytes, as of an empty array; all others are pickled as encoded text."""
    if arguments:
        raise _refused("bytes(...)", "bytes are pickled as text")
    return b""


def _narrow_getattr(owner: Any, name: str) -> Any:
    """Return one of the methods that checkpoints refer to; ``getattr`` would give access to all."""
    from mmengine.logging import HistoryBuffer
    from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler

    served = (
        (HistoryBuffer, ("min", "max", "current", "mean")),
        (OneCycleParamScheduler, ("_annealing_cos", "_annealing_linear")),
    )
    if not any(owner is cls and name in names for cls, names in served):
        owner_name = getattr(owner, "__qualname__", type(owner).__qualname__)
        raise _refused(f"getattr({owner_name},{name!r})", "loading it could run any code")
    return getattr(owner, name)


class _Namespace(argparse.Namespace):
    """Becomes a plain Namespace when it is given its attributes, none of them special."""

    def __setstate__(self, attributes: Any) -> None:
        if type(attributes) is not dict or any(
            type(name) is not str or name.startswith("__") for name in attributes
        ):
            raise _refused("an argparse.Namespace with special attributes", "it is no plain data")
        self.__class__ = argparse.Namespace  # pyright: ignore[reportAttributeAccessIssue]
        vars(self).update(attributes)

    def __reduce__(self) -> tuple[Any, ...]:  # of one without attributes
        return argparse.Namespace, ()


# weights_only fills in no other containers than dict, OrderedDict, Counter, list and set.


def _dict_for_defaultdict(factory: Any = None) -> dict[Any, Any]:
    warnings.warn("A checkpoint holds a defaultdict: it comes back as a plain dict.", stacklevel=2)
    return {}


def _list_for_deque(items: Iterable[Any] = (), maxlen: int | None = None) -> list[Any]:
    warnings.warn("A checkpoint holds a deque: it comes back as a plain list.", stacklevel=2)
    return list(items)
