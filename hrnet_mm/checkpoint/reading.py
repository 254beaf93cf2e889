"""Checkpoints load on torch >= 2.6, never run code, and a bad file gives one clear error.

torch 2.6 made ``weights_only=True`` the default of ``torch.load``, which refuses what every
checkpoint of mmengine's Runner holds (mmengine 0.10.7: ``HistoryBuffer``, its numpy histories, the
numpy arrays of ``dataset_meta``). And mmengine unpickles a file from a URL without any restriction,
since ``torch.hub`` passes ``weights_only=False``; onedl-mmengine falls back to that for every file.

Here the plain data that mmengine can write is allowed (`allowed_types`), unless mmengine allows it
itself, and all that goes through mmengine's ``CheckpointLoader`` is loaded with
``weights_only=True``, whatever a loader or the environment asks for. On torch < 2.6, where that is
not safe, nothing is loaded.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from hrnet_mm.checkpoint.allowed_types import Allowed, allowed_types, name_of
from hrnet_mm.checkpoint.faults import clear_error, swelling
from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import CannotPatchError, Patch

# Before it, weights_only=True let a file run code (CVE-2025-32434) and took no type by its name.
OLDEST_TORCH = "2.6"


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

    _narrow_types_of_fork(module)
    loader.load_checkpoint = classmethod(load_checkpoint)


def _load(load: Callable[[], Any], filename: str) -> Any:
    """Load a checkpoint; every file that mmengine and the toolboxes load passes through here."""
    if reason := _torch_too_old():
        raise CheckpointError(f"Cannot load the checkpoint {filename}: {reason}")
    if reason := swelling(filename):
        raise CheckpointError(f"Cannot load the checkpoint {filename}: {reason}")
    with _weights_only():
        try:
            return _without_code(load())
        except Exception as error:  # a broken file makes an unpickler raise anything
            if isinstance(error, FileNotFoundError) and Path(filename).expanduser().is_dir():
                text = f"{filename} is a folder; give the checkpoint in it."
                raise IsADirectoryError(text) from None
            clear = clear_error(filename, error)
            if clear is None:
                raise
            # PyTorch's own text on what it refuses is left out: it advises weights_only=False.
            raise clear from None if "weights_only" in str(error) else error


def _without_code(content: Any) -> Any:
    """Leave out the config of files of 0.x, which mmengine executes when a training resumes."""
    meta = content.get("meta") if isinstance(content, dict) else None
    if isinstance(meta, dict):
        meta.pop("config", None)
    return content


def _torch_too_old() -> str | None:
    import torch

    if _release(torch.__version__) >= _release(OLDEST_TORCH):
        return None
    return (
        f"PyTorch {torch.__version__} is installed, it takes {OLDEST_TORCH} or newer "
        "(pip install -U torch torchvision); with an older one a file can run code as it is loaded"
    )


def _release(version: str) -> list[int]:
    return [int(number) for number in version.split(".")[:2]]


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
    """Leave out what is wider than ours of the types that onedl-mmengine allows while it loads."""
    if not hasattr(module, "get_torch_safe_globals"):
        return
    stock = module.get_torch_safe_globals

    def get_torch_safe_globals() -> list[Any]:
        ours = {name: allowed for allowed, name in allowed_types()}
        entries = [(entry, _named(entry)) for entry in stock()]
        return [entry for entry, (it, name) in entries if ours.get(name, it) is it]

    module.__dict__["get_torch_safe_globals"] = get_torch_safe_globals


def _lacks_types(_: ModuleType) -> bool:
    if _torch_too_old():
        return True
    from torch.serialization import get_safe_globals

    ours = set(allowed_types())
    names = {name for _, name in ours}
    return {entry for entry in map(_named, get_safe_globals()) if entry[1] in names} != ours


def _allow_types(_: ModuleType) -> None:
    if reason := _torch_too_old():
        raise CannotPatchError(reason)
    from torch.serialization import add_safe_globals, clear_safe_globals, get_safe_globals

    ours = allowed_types()
    names = {name for _, name in ours}
    others = [entry for entry in get_safe_globals() if _named(entry)[1] not in names]
    clear_safe_globals()
    # With their names: mmengine's forks allow, and afterwards remove, the bare types.
    add_safe_globals([*others, *ours])


def _named(entry: Any) -> Allowed:
    """An entry of PyTorch's list, which may be a bare type, with the name under which it serves."""
    return entry if isinstance(entry, tuple) else (entry, name_of(entry))


PATCHES = (
    Patch(
        title="checkpoints of mmengine load with weights_only=True",
        waits_for="mmengine.runner.checkpoint",
        is_needed=_lacks_types,
        apply=_allow_types,
    ),
    Patch(
        title="checkpoints are loaded with weights_only=True, always",
        waits_for="mmengine.runner.checkpoint",
        is_needed=lambda _: True,
        apply=_guard_loader,
    ),
)
