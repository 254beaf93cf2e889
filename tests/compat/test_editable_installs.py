"""mmengine finds the folder of a package that was installed with pip install -e."""

from pathlib import Path
from types import ModuleType
from typing import Any

import hrnet_mm
from hrnet_mm.compat import editable_installs
from hrnet_mm.compat.editable_installs import REPAIR
from tests.tiny_runner import run_python


def looking_in(folder: str) -> Any:
    """A mmengine.utils.package_utils that takes the folder of the metadata for the package's."""
    module: Any = ModuleType("package_utils")
    module.get_installed_path = lambda package: f"{folder}/{package}"
    return module


def test_a_folder_that_does_not_exist_is_looked_up_by_name() -> None:
    module = looking_in("/nowhere/site-packages")
    REPAIR.apply(module)
    assert module.get_installed_path("hrnet_mm") == str(Path(hrnet_mm.__file__).parent)
    assert module.get_installed_path("unknown_to_all") == "/nowhere/site-packages/unknown_to_all"


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hrnet_mm").mkdir()
    module = looking_in(str(tmp_path))
    REPAIR.apply(module)
    assert module.get_installed_path("hrnet_mm") == f"{tmp_path}/hrnet_mm"


def test_is_for_editable_installs_alone(monkeypatch: Any, tmp_path: Path) -> None:
    class Installed:
        def locate_file(self, name: str) -> Path:
            return tmp_path / name

    monkeypatch.setattr(editable_installs, "distribution", lambda name: Installed())
    assert REPAIR.is_needed(ModuleType("package_utils"))
    (tmp_path / "hrnet_mm").mkdir()
    assert not REPAIR.is_needed(ModuleType("package_utils"))


def test_mmengine_finds_this_package() -> None:
    done = run_python(
        "import hrnet_mm\n"
        "from mmengine.utils import get_installed_path\n"
        "print(get_installed_path('hrnet_mm') + '/__init__.py' == hrnet_mm.__file__)"
    )
    assert done.stdout.strip() == "True", done.stderr
