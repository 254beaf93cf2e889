"""Why a checkpoint did not load, and what to do: is it the file, or the memory, device or network?

"Get the file again" is said only of a file in which a fault was found.
"""

import difflib
import pickle
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from ssl import SSLError
from typing import Any
from urllib.error import URLError

from hrnet_mm.checkpoint.download import cached_path
from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import in_one_line

_AGAIN = "Get the file again."
_LARGEST_RATIO = 50  # of the sizes after and before unpacking; torch.save compresses nothing
# What reading a damaged archive raises.
_OF_ARCHIVES = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)
_WEIGHTS_ALONE = "Give a file of weights alone, which torch.load(file, weights_only=True) takes."


def clear_error(filename: str, error: Exception) -> CheckpointError | None:
    """Return what to raise for an error of loading; None if the error says itself what to do.

    Args:
        filename: A path, a URL or the name of a model, as it was given.
        error: What stopped it, with ``weights_only=True`` in force.
    """
    reason = _fault_elsewhere(filename, error) or _fault_of_file(filename, error)
    if reason is None and isinstance(error, (OSError, ImportError, CheckpointError)):
        return None
    return CheckpointError(f"Cannot load the checkpoint {filename}: {reason or in_one_line(error)}")


def is_archive(file: Path) -> bool:
    """Tell whether a file ends as a zip archive does."""
    try:
        return zipfile.is_zipfile(file)
    except zipfile.BadZipFile:  # its end says that there are other parts
        return False


def swelling(filename: str) -> str | None:
    """Say if a file would fill the memory, being compressed as no weights can be; else None."""
    file = _local_file(filename)
    if file is None or not is_archive(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except _OF_ARCHIVES:
        return None  # as loading will say
    if size <= _LARGEST_RATIO * file.stat().st_size:
        return None
    return f"its {file.stat().st_size} bytes unpack to {size}, as those of no weights do. {_AGAIN}"


_NETWORK = (URLError, HTTPException, ConnectionError, TimeoutError, SSLError)


def _fault_elsewhere(filename: str, error: Exception) -> str | None:
    text = in_one_line(error)
    if _is_out_of_memory(error):
        return (
            f"there is not enough memory for it ({text}). Free some, or keep it out of the memory "
            "of a GPU with map_location='cpu'."
        )
    if isinstance(error, KeyError):
        return _unknown_model(filename, *error.args)
    if "://" in filename and isinstance(error, _NETWORK):
        return (
            f"it cannot be downloaded ({text}). Check the address and the network, or give the "
            "path of a file that was downloaded otherwise."
        )
    return None


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    # For the memory of the CPU PyTorch has no type.
    words = r"allocate memory|not enough memory|out of memory"
    return isinstance(error, RuntimeError) and re.search(words, str(error)) is not None


_LISTS_OF_MODELS = {
    "open-mmlab": "get_external_models",
    "openmmlab": "get_external_models",
    "mmcls": "get_mmcls_models",
    "torchvision": "get_torchvision_models",
    "modelzoo": "get_torchvision_models",
}


def _models_like(filename: str) -> Mapping[str, str]:
    """Return the URLs, by name, of the models that mmengine knows under the scheme of this one."""
    from mmengine.runner import checkpoint

    scheme = filename.partition("://")[0]
    return getattr(checkpoint, _LISTS_OF_MODELS[scheme])() if scheme in _LISTS_OF_MODELS else {}


def _unknown_model(filename: str, name: Any = None) -> str | None:
    scheme = filename.partition("://")[0]
    models = _models_like(filename)
    if not models or name in models:
        return None
    near = ", ".join(difflib.get_close_matches(str(name), models, n=5, cutoff=0.3))
    return (
        f"{scheme}:// has no model {name}{near and f', but {near}'}. Take one that "
        f"mmengine.runner.checkpoint.{_LISTS_OF_MODELS[scheme]}() lists, a URL or a path."
    )


def _fault_of_file(filename: str, error: Exception) -> str | None:
    file = _local_file(filename)
    if file is not None and (damage := _damage(file)):
        again = f"Delete {file}, its copy here, and load it again." if "://" in filename else _AGAIN
        return f"{damage}. {again}"
    if isinstance(error, pickle.UnpicklingError):
        return _refusal(str(error))
    if "TorchScript" in str(error):
        return f"it is a TorchScript program, not a file of weights. {_WEIGHTS_ALONE}"
    if file is None or isinstance(error, (OSError, ImportError)):
        return None
    text = in_one_line(error)
    if _loads_on_cpu(file):
        return f"it does not load as asked for ({text}), but does with map_location='cpu'."
    return f"it may be damaged ({text}). {_AGAIN}"


def _local_file(filename: str) -> Path | None:
    """Return the file, or the copy that torch.hub keeps of a URL, if there is one."""
    source = _models_like(filename).get(filename.partition("://")[2], filename)
    path = cached_path(source) if "://" in source else Path(source).expanduser()
    return path if path.is_file() else None


def _damage(file: Path) -> str | None:
    """Say what is wrong with a file, without unpickling it; None if nothing is found."""
    with file.open("rb") as content:
        head = content.read(4)
    if not head:
        return "it is empty"
    if head.startswith(b"PK"):  # what torch.save writes since 1.6
        return _damage_of_archive(file)
    if not head.startswith(b"\x80"):  # neither a pickle, which torch.save wrote before
        return "it is not a PyTorch checkpoint"
    return None


def _damage_of_archive(file: Path) -> str | None:
    if not is_archive(file):
        return "it is truncated: its end is missing"
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
    except _OF_ARCHIVES as error:
        return f"it is damaged ({in_one_line(error)})"
    return f"it is damaged: {damaged} in it does not have its checksum" if damaged else None


def _loads_on_cpu(file: Path) -> bool:
    import torch

    try:
        torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # the first error is the one to report
        return False
    return True


_FORBIDDEN = re.compile(r"GLOBAL (\S+)|got <class '([^']+)'>|unrecognized function (.+)")


def _refusal(text: str) -> str:
    """Say what the unpickler refused, without PyTorch's advice to load it unsafely."""
    if ours := re.search(r"it holds .+", text):
        return f"{ours[0]}. {_WEIGHTS_ALONE}"
    if forbidden := _FORBIDDEN.search(text):
        name = next(filter(None, forbidden.groups()))
        why = "which is not allowed: loading it could run any code"
        return f"it holds {name}, {why}. {_WEIGHTS_ALONE}"
    return f"it is truncated, damaged or not a PyTorch checkpoint. {_AGAIN}"
