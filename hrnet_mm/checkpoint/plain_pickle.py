"""Reads pickles of plain data, such as dumped predictions, without running any code of the file.

Allowed is what `allowed_types` lists of numpy, paths and numbers, and tensors, which are loaded
with ``weights_only=True``. Structures of a toolbox that hold annotations are passed over: what they
hold is in the dataset too.
"""

import pickle
from collections import OrderedDict
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from hrnet_mm.checkpoint.allowed_types import allowed_types
from hrnet_mm.errors import UserError

_PASSED_OVER = (
    "mmdet.structures.mask.structures.BitmapMasks",
    "mmdet.structures.mask.structures.PolygonMasks",
    "mmdet.structures.bbox.horizontal_boxes.HorizontalBoxes",
)


def read_plain_pickle(path: Path) -> Any:
    """Read a pickle of numbers, text, arrays and tensors; the tensors are put on the CPU.

    Raises:
        UserError: It is no pickle, or holds something else; the message names the file.
    """
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file).load()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except Exception as error:  # a broken file makes an unpickler raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(
            f"cannot read {path} as a pickle of predictions, which tools/test.py --dump writes: "
            f"{reason}"
        ) from error


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = "builtins" if module == "__builtin__" else module  # as protocol 2 has it
        found = _allowed().get(f"{module}.{name}")
        if found is None:
            raise pickle.UnpicklingError(
                f"it holds {module}.{name}, which is not allowed: loading it could run any code"
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it refers to data outside of it")


@cache
def _allowed() -> dict[str, Any]:
    import numpy as np
    import torch
    from torch._utils import _rebuild_tensor_v2

    of_protocol_5 = np.empty(1).__reduce_ex__(5)[0]
    plain = {
        name: allowed
        for allowed, name in allowed_types()
        if name.startswith(("numpy", "pathlib", "builtins", "datetime", "collections"))
    }
    return plain | {
        "builtins.set": set,
        "collections.OrderedDict": OrderedDict,
        "_codecs.encode": _latin1,
        **{f"numpy.{core}.numeric._frombuffer": of_protocol_5 for core in ("core", "_core")},
        "torch.Size": torch.Size,
        "torch._utils._rebuild_tensor_v2": _rebuild_tensor_v2,
        "torch.storage._load_from_bytes": _load_storage,
        **dict.fromkeys(_PASSED_OVER, _PassedOver),
    }


def _latin1(text: str, encoding: str) -> bytes:
    """Return bytes, which are pickled as text."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it holds bytes encoded as {encoding!r}")
    return text.encode(encoding)


def _load_storage(content: bytes) -> Any:
    """Load the values of a tensor, for which PyTorch's own function would run code of the file."""
    import torch

    try:
        return torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:  # whose text advises weights_only=False
        raise pickle.UnpicklingError("a tensor in it is more than numbers") from None


class _PassedOver:
    """Stands for a structure that is not needed."""

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...
