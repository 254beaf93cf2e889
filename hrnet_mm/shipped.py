"""The folder with configs, tools and the model index: of an installed wheel, or of a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / ".mim"  # setup.py puts them there, where OpenMMLab's tools look

# A checkout that is not installed has them beside the package.
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
