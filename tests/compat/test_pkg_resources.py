"""mmengine reads configs of other packages without pkg_resources."""

import importlib
from pathlib import Path

import pytest
from mmengine.utils import package_utils

from hrnet_mm.compat import pkg_resources
from hrnet_mm.post_import import outcomes
from tests.isolated import error_of, output_of, write_package

BLOCK = "import sys; sys.modules['pkg_resources'] = None\n"  # as if it were not installed
BASE = """
from mmengine.config import Config
text = "_base_ = 'mmpose::_base_/default_runtime.py'"
assert Config.fromstring(text, '.py').default_scope == 'mmpose'
"""


def test_stock_base_needs_pkg_resources() -> None:
    assert error_of(BLOCK + BASE).startswith("ModuleNotFoundError: import of pkg_resources halted")


def test_base_of_another_toolbox() -> None:
    output_of(BLOCK + "import hrnet_mm" + BASE)


def test_an_mmengine_that_is_loaded_already_is_repaired() -> None:
    output_of(BLOCK + "import mmengine.config, hrnet_mm" + BASE)


def test_stands_aside_where_pkg_resources_is_there() -> None:
    assert outcomes[pkg_resources.REPAIR.title] == "not needed"
    assert package_utils.is_installed is not pkg_resources.is_installed


def test_stands_aside_where_mmengine_does_without(tmp_path: Path) -> None:
    write_package(
        tmp_path, files={"mmengine/utils/package_utils.py": "def is_installed(name): ..."}
    )
    code = BLOCK + (
        "import hrnet_mm; from mmengine.utils import package_utils; "
        "from hrnet_mm.compat import pkg_resources; "
        "from hrnet_mm.post_import import outcomes; "
        "print(outcomes[pkg_resources.REPAIR.title])"
    )
    assert output_of(code, packages=tmp_path, bare=True) == "not needed"


@pytest.fixture
def _packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is only on the path, and a namespace package."""
    (tmp_path / "bare_module").mkdir()
    (tmp_path / "bare_module" / "__init__.py").touch()
    (tmp_path / "namespace_only").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize(
    "name",
    [
        "mmengine",
        "mmcv-lite",
        "mmcv",
        "mmsegmentation",
        "MMDet",
        "bare_module",
        "namespace_only",
        "no-such",
    ],
)
def test_answers_are_those_of_pkg_resources(name: str) -> None:
    assert pkg_resources.is_installed(name) == package_utils.is_installed(name)
    try:
        wanted = package_utils.get_installed_path(name)
    except Exception as error:
        expected = RuntimeError if isinstance(error, RuntimeError) else ModuleNotFoundError
        with pytest.raises(expected):
            pkg_resources.get_installed_path(name)
    else:
        assert Path(pkg_resources.get_installed_path(name)).samefile(wanted)


def test_package2module() -> None:
    assert pkg_resources.package2module("mmcv-lite") == "mmcv"
    with pytest.raises(ValueError, match="can not infer the module name of ruff"):
        pkg_resources.package2module("ruff")
