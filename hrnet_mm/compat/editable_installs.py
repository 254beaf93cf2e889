"""mmengine finds the folder of a package that was installed with ``pip install -e``.

Broken: ``get_installed_path`` takes the folder that holds a distribution's metadata for the one
that holds its modules. For an editable install it returns a path in site-packages that does not
exist, and ``get_config('package::...')`` and ``_base_ = 'package::...'`` stop with "not found".
Since: pip 21.3, which installs editable packages by PEP 660.
Can go: when mmengine asks importlib where the package is.
"""

import importlib.util
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

from hrnet_mm.post_import import Patch, replace_function

PACKAGE = "hrnet_mm"


def _is_editable(package_utils: ModuleType) -> bool:
    try:
        installed = distribution(PACKAGE).locate_file(PACKAGE)
    except PackageNotFoundError:
        return False  # found on the path, which mmengine handles
    return not Path(str(installed)).exists()


def _find_by_spec(package_utils: ModuleType) -> None:
    original = package_utils.get_installed_path

    def get_installed_path(package: str) -> str:
        path = original(package)
        if Path(path).exists():
            return path
        spec = importlib.util.find_spec(Path(path).name)
        return path if spec is None or spec.origin is None else str(Path(spec.origin).parent)

    replace_function(package_utils, original, get_installed_path)


REPAIR = Patch(
    title="mmengine: folders of editable packages",
    waits_for="mmengine.utils.package_utils",
    is_needed=_is_editable,
    apply=_find_by_spec,
)
