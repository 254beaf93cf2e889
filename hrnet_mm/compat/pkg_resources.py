"""mmengine finds installed packages by importlib.metadata where pkg_resources is missing.

Broken: ``mmengine.utils.package_utils`` imports pkg_resources, once a part of setuptools, so that
configs with ``_base_ = 'mmpose::...'``, ``mmpose.visualization`` and ``mmpose.apis`` stop with
``ModuleNotFoundError: No module named 'pkg_resources'``.
Since: setuptools 82, and environments without setuptools (venv has none since Python 3.12).
Can go: when mmengine asks importlib.metadata itself.
"""

import importlib.util
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

from hrnet_mm.post_import import Patch, replace_function


def _has_no_pkg_resources(package_utils: ModuleType) -> bool:
    asks_for_it = "pkg_resources" in package_utils.is_installed.__code__.co_names
    return asks_for_it and importlib.util.find_spec("pkg_resources") is None


def is_installed(package: str) -> bool:
    """Whether there is a distribution or a regular (not a namespace) package of that name."""
    try:
        distribution(package)
    except PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def get_installed_path(package: str) -> str:
    """The folder of the package that a distribution, or the module of that name, installs."""
    try:
        location = Path(str(distribution(package).locate_file("")))
    except PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise
        if spec.origin is None:
            raise RuntimeError(f"{package} is a namespace package: it has no path") from None
        return str(Path(spec.origin).parent)
    path = location / package
    return str(path if path.exists() else location / package2module(package))


def package2module(package: str) -> str:
    """The first top-level module of a distribution: ``mmcv`` for ``mmcv-lite``."""
    modules = distribution(package).read_text("top_level.txt")
    if not modules:
        raise ValueError(f"can not infer the module name of {package}")
    return modules.splitlines()[0]


def _replace_functions(package_utils: ModuleType) -> None:
    replacements = (is_installed, get_installed_path, package2module)
    originals = [vars(package_utils)[replacement.__name__] for replacement in replacements]
    for replacement, original in zip(replacements, originals, strict=True):
        replace_function(package_utils, original, replacement)


REPAIR = Patch(
    title="mmengine: installed packages without pkg_resources",
    waits_for="mmengine.utils.package_utils",
    is_needed=_has_no_pkg_resources,
    apply=_replace_functions,
)
