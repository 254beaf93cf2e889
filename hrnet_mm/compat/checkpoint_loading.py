"""Checkpoints load on torch >= 2.6, never run code, and a bad file gives one clear error.

Broken: torch 2.6 made ``weights_only=True`` the default of ``torch.load``, which refuses what every
checkpoint of mmengine's Runner holds (mmengine 0.10.7: ``HistoryBuffer``, its numpy histories, the
numpy arrays of ``dataset_meta``). And a file from a URL is unpickled without any restriction, since
``torch.hub`` passes ``weights_only=False``; onedl-mmengine falls back to that for every file.

Mended: exactly the types that mmengine writes are allowed, and all that goes through mmengine's
``CheckpointLoader`` is loaded with ``weights_only=True``, whatever a loader or the environment asks
for. The first half stands aside, and can go, when mmengine allows its own types. The second half is
a promise of this package and stays; torch < 2.6, which cannot allow a type by name, then refuses
the checkpoints of the Runner.
"""

import os
import pickle
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from hrnet_mm.compat.repair import Repair
from hrnet_mm.errors import CheckpointError

# One way through which everything is loaded


def _guard_loader(module: ModuleType) -> None:
    loader = module.CheckpointLoader
    stock = loader.load_checkpoint.__func__

    def load_checkpoint(
        cls: type,
        filename: str | os.PathLike[str],
        map_location: Any = None,
        logger: Any = "current",
    ) -> Any:
        filename = os.fspath(filename)
        return _load(lambda: stock(cls, filename, map_location, logger), filename)

    loader.load_checkpoint = classmethod(load_checkpoint)
    _narrow_types_of_fork(module)


def _load(load: Callable[[], Any], filename: str) -> Any:
    """Load a checkpoint; every file that mmengine and the toolboxes load passes through here."""
    path = Path(filename).expanduser()
    try:
        with _weights_only():
            return load()
    except FileNotFoundError:
        if path.is_dir():
            raise IsADirectoryError(f"{filename} is a folder; give the checkpoint in it.") from None
        raise
    except (OSError, ImportError) as error:
        if path.is_file() and (damage := _damage(path)):  # torch may fail to seek in half a file
            raise _cannot_load(filename, damage) from error
        raise
    except Exception as error:  # a broken file makes an unpickler raise anything
        # PyTorch's own text on what it refuses is left out: it advises weights_only=False.
        cause = None if "weights_only" in str(error) else error
        raise _cannot_load(filename, _reason(path, error)) from cause


def _cannot_load(filename: str, reason: str) -> CheckpointError:
    return CheckpointError(
        f"Cannot load the checkpoint {filename}: {reason}. Get the file again, or one of weights"
        " alone, which torch.load(file, weights_only=True) takes."
    )


_FORCE, _FORBID = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
_loading = threading.RLock()


@contextmanager
def _weights_only() -> Iterator[None]:
    """Make every ``torch.load`` use ``weights_only=True``, even where it is passed False.

    The environment is PyTorch's own and only way to overrule the argument. It is the same for all
    threads, hence the lock.
    """
    with _loading:
        before = {name: os.environ.pop(name, None) for name in (_FORCE, _FORBID)}
        os.environ[_FORCE] = "1"
        try:
            yield
        finally:
            del os.environ[_FORCE]
            os.environ.update({name: value for name, value in before.items() if value is not None})


def _narrow_types_of_fork(module: ModuleType) -> None:
    """Take plain ``getattr`` from the types that onedl-mmengine allows while it loads."""
    if not hasattr(module, "get_torch_safe_globals"):
        return
    stock = module.get_torch_safe_globals
    module.__dict__["get_torch_safe_globals"] = lambda: [
        allowed for allowed in stock() if allowed is not getattr
    ]


# What is wrong with a file

_FORBIDDEN = re.compile(r"GLOBAL (\S+)|got <class '([^']+)'>|unrecognized function (.+)")


def _reason(path: Path, error: Exception) -> str:
    if path.is_file() and (damage := _damage(path)):
        return damage
    refused = isinstance(error, pickle.UnpicklingError)
    if refused and (forbidden := _FORBIDDEN.search(str(error))):
        name = next(filter(None, forbidden.groups()))
        return f"it holds {name}, which is not allowed: loading it could run any code"
    if "TorchScript" in str(error):
        return "it is a TorchScript program, not a file of weights"
    if refused:
        return "it is truncated, damaged or not a PyTorch checkpoint"
    text = f"{type(error).__name__}: {error}"
    broken = path.is_file() and not isinstance(error, RuntimeError)
    return f"it may be damaged ({text})" if broken else text


def _damage(path: Path) -> str | None:
    """Tell what a look at a local file, without unpickling it, finds wrong."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        return "it is empty"
    if head.startswith(b"PK"):  # what torch.save writes since 1.6
        return None if zipfile.is_zipfile(path) else "it is truncated: its end is missing"
    if not head.startswith(b"\x80"):  # neither a pickle, which torch.save wrote before
        return "it is not a PyTorch checkpoint"
    return None


# The types that mmengine's checkpoints hold


def _lacks_types(_: ModuleType) -> bool:
    import torch
    from torch.serialization import get_safe_globals
    from torch.torch_version import TorchVersion

    if TorchVersion(torch.__version__) < "2.6":
        return False
    allowed = get_safe_globals()
    names = {entry[1] if isinstance(entry, tuple) else _name(entry) for entry in allowed}
    return getattr in allowed or any(name not in names for _, name in _types())


def _allow_types(_: ModuleType) -> None:
    from torch.serialization import add_safe_globals, clear_safe_globals, get_safe_globals

    without_getattr = [entry for entry in get_safe_globals() if entry is not getattr]
    clear_safe_globals()
    # With their names: mmengine's forks allow, and afterwards remove, the bare types.
    add_safe_globals([*without_getattr, *_types()])


def _types() -> list[tuple[Callable[..., Any], str]]:
    import numpy as np
    from mmengine.logging import HistoryBuffer
    from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler

    dtypes = [type(np.dtype(kind)) for kind in ("float64", "float32", "int64", "uint8")]
    types = [HistoryBuffer, OneCycleParamScheduler, np.ndarray, np.dtype, *dtypes]
    rebuilds: list[Any] = [np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0]]
    numpy_1_and_2 = ("numpy.core.multiarray", "numpy._core.multiarray")
    return [
        *((allowed, _name(allowed)) for allowed in types),
        *(
            (rebuild, f"{home}.{rebuild.__name__}")
            for rebuild in rebuilds
            for home in numpy_1_and_2
        ),
        (_narrow_getattr, "builtins.getattr"),
    ]


def _name(allowed: Any) -> str:
    return f"{allowed.__module__}.{allowed.__qualname__}"


def _narrow_getattr(owner: Any, name: str) -> Any:
    """Serve the methods that checkpoints refer to; plain ``getattr`` would open everything."""
    from mmengine.logging import HistoryBuffer
    from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler

    served = (
        (HistoryBuffer, ("min", "max", "current", "mean")),
        (OneCycleParamScheduler, ("_annealing_cos", "_annealing_linear")),
    )
    if not any(owner is cls and name in names for cls, names in served):
        owner_name = getattr(owner, "__qualname__", type(owner).__qualname__)
        raise pickle.UnpicklingError(f"GLOBAL getattr({owner_name},{name!r}) is refused")
    return getattr(owner, name)


REPAIRS = (
    Repair(
        title="checkpoints of mmengine load with weights_only=True",
        waits_for="mmengine.runner.checkpoint",
        is_faulty=_lacks_types,
        mend=_allow_types,
    ),
    Repair(
        title="checkpoints are loaded with weights_only=True, always",
        waits_for="mmengine.runner.checkpoint",
        is_faulty=lambda _: True,
        mend=_guard_loader,
    ),
)
