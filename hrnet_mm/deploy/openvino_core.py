"""OpenVINO (2026.4), without what it does to the process that imports it."""

import sys
from functools import cache
from types import ModuleType
from typing import Any


def import_openvino() -> ModuleType:
    """Import OpenVINO so that neither it nor NNCF reports its use to its makers.

    On import it sends such a report unasked, from a process that a thread of this one forks. It
    sends none where the package that does so is missing, as this makes it seem.
    """
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)
    import openvino

    return openvino


@cache
def openvino_core() -> Any:
    """Return the one ``openvino.Core`` of this process, which lives as long as the process.

    Each core's CPU plugin gives the thread another stack for signal handlers, and puts the one it
    found back when it goes. If the cores go in the order in which they came, or in another thread,
    the thread is left with a stack that is freed, and the next signal kills the process: Ctrl-C, or
    the end of a child.
    """
    return import_openvino().Core()
