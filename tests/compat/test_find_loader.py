"""mmengine and mmcv look for compiled operators without ``pkgutil.find_loader``."""

import pkgutil
from types import ModuleType

import pytest
from mmcv.utils import ext_loader
from mmengine.utils.dl_utils import misc

from hrnet_mm.compat import find_loader
from hrnet_mm.post_import import Patch, outcomes

CASES = [
    (find_loader.REPAIRS[0], misc, "mmcv_full_available"),
    (find_loader.REPAIRS[1], ext_loader, "check_ops_exist"),
]


@pytest.mark.parametrize(("repair", "module", "name"), CASES)
def test_operators_are_found_without_find_loader(
    repair: Patch, module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(pkgutil, "find_loader", raising=False)
    monkeypatch.setattr(module, "pkgutil", pkgutil)  # as in the stock module
    ask = getattr(module, name)  # as those have it that imported it before the repair
    with pytest.raises(AttributeError, match="find_loader"):
        ask()
    assert repair.waits_for == module.__name__
    assert repair.is_needed(module)
    repair.apply(module)
    assert ask() is True
    assert not repair.is_needed(module)


def test_outcome_is_that_of_this_python() -> None:
    wanted = "not needed" if hasattr(pkgutil, "find_loader") else "repaired"
    assert {outcomes[repair.title] for repair in find_loader.REPAIRS} == {wanted}
    assert misc.mmcv_full_available() is ext_loader.check_ops_exist() is True
