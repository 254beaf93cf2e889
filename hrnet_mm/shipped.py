"""The folder with configs, tools and the model index: of an installed wheel, or of a checkout."""

import shlex
import sys
from pathlib import Path

PROGRAM = "hrnet-mm"
_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / ".mim"  # setup.py puts them there, where OpenMMLab's tools look

# A checkout that is not installed has them beside the package.
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def command_of(tool: str) -> str:
    """Return how to call a tool: in the way in which the one that runs was called.

    Args:
        tool: The name of its file, without ``.py``.
    """
    if sys.argv[0].startswith(f"{PROGRAM} "):  # as `cli.main` sets it
        return f"{PROGRAM} {tool}"
    beside = Path(sys.argv[0]).with_name(f"{tool}.py")
    script = beside if beside.is_file() else Path("tools", beside.name)
    return f"python {shlex.quote(script.as_posix())}"
