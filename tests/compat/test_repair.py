import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from hrnet_mm.compat import (
    REPAIRS,
    CannotMendError,
    Repair,
    bfloat16_arrays,
    install,
    mmseg_class_weight,
    outcomes,
    when_imported,
    when_settled,
)
from tests.compat.isolated import output_of, write_package
from tests.compat.tiny_runner import run_python

TITLE = "a repair of these tests"
HEAVY = {"cv2", "mmcv", "mmdet", "mmengine", "mmpose", "mmpretrain", "mmseg", "numpy", "torch"}


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Puts the modules of a test, in tmp_path, on the path and forgets them afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    yield
    outcomes.pop(TITLE, None)
    for name in [name for name in sys.modules if name.startswith("patient")]:
        del sys.modules[name]


def _write(tmp_path: Path, **texts: str) -> None:
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)


def _repair(
    *,
    waits_for: str,
    is_faulty: Callable[[ModuleType], bool] = lambda module: module.faulty,
    mend: Callable[[ModuleType], None] = lambda module: module.__dict__.update(faulty=False),
) -> Repair:
    return Repair(title=TITLE, waits_for=waits_for, is_faulty=is_faulty, mend=mend)


def test_waits_for_the_import(tmp_path: Path) -> None:
    _write(tmp_path, patient_1="faulty = True")
    install([_repair(waits_for="patient_1")])
    assert TITLE not in outcomes
    assert importlib.import_module("patient_1").faulty is False
    assert outcomes[TITLE] == "repaired"


def test_is_decided_at_once_where_the_module_is_loaded(tmp_path: Path) -> None:
    _write(tmp_path, patient_2="faulty = True")
    module = importlib.import_module("patient_2")
    install([_repair(waits_for="patient_2")])
    assert module.faulty is False
    assert outcomes[TITLE] == "repaired"


def test_stands_aside_where_nothing_is_broken(tmp_path: Path) -> None:
    _write(tmp_path, patient_3="faulty = False")
    install([_repair(waits_for="patient_3", mend=lambda _: pytest.fail("it was fine"))])
    importlib.import_module("patient_3")
    assert outcomes[TITLE] == "not needed"


def test_mends_once(tmp_path: Path) -> None:
    _write(tmp_path, patient_4="faulty = True")
    mended = []
    repair = _repair(waits_for="patient_4", mend=lambda module: mended.append(module.__name__))
    install([repair])
    install([repair])
    module = importlib.import_module("patient_4")
    install([repair])
    importlib.reload(module)
    assert mended == ["patient_4"]


def test_says_why_it_cannot_mend(tmp_path: Path) -> None:
    def mend(_: ModuleType) -> None:
        raise CannotMendError("it takes a doctor")

    _write(tmp_path, patient_5="faulty = True")
    install([_repair(waits_for="patient_5", mend=mend)])
    importlib.import_module("patient_5")
    assert outcomes[TITLE] == "not repaired: it takes a doctor"


def test_an_import_that_fails_is_waited_for_again(tmp_path: Path) -> None:
    _write(tmp_path, patient_6="import patient_6_needs_this\nfaulty = True")
    install([_repair(waits_for="patient_6")])
    with pytest.raises(ModuleNotFoundError, match="patient_6_needs_this"):
        importlib.import_module("patient_6")
    assert TITLE not in outcomes
    _write(tmp_path, patient_6_needs_this="")
    importlib.invalidate_caches()
    importlib.import_module("patient_6")
    assert outcomes[TITLE] == "repaired"


def test_is_decided_before_the_importer_uses_the_module(tmp_path: Path) -> None:
    _write(tmp_path, patient_7="faulty = True", patient_7_user="from patient_7 import faulty")
    install([_repair(waits_for="patient_7")])
    assert importlib.import_module("patient_7_user").faulty is False


def test_a_loader_shared_by_all_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an import hook that rewrites sources has; pytest's own is one."""

    class SharedLoader(MetaPathFinder):
        def find_spec(
            self, fullname: str, path: object, target: object = None
        ) -> ModuleSpec | None:
            file = tmp_path / f"{fullname}.txt"
            if not file.exists():
                return None
            return spec_from_file_location(fullname, file, loader=self)  # pyright: ignore

        def create_module(self, spec: ModuleSpec) -> None:
            return None

        def exec_module(self, module: ModuleType) -> None:
            module.__dict__["faulty"] = True

    monkeypatch.setattr(sys, "meta_path", [sys.meta_path[0], SharedLoader(), *sys.meta_path[1:]])
    for name in ("patient_8", "patient_8_other"):
        (tmp_path / f"{name}.txt").touch()
    calls = []
    when_imported("patient_8", lambda module: calls.append(module.__name__))
    assert find_spec("patient_8") is not None  # asks, as importlib.util does for anyone
    importlib.import_module("patient_8_other")
    assert calls == []
    importlib.import_module("patient_8")
    assert calls == ["patient_8"]


def test_settled_is_not_in_the_middle_of_an_import(tmp_path: Path) -> None:
    """The callback needs a name that the package binds after importing its submodule."""
    write_package(
        tmp_path,
        files={"patient_9/__init__.py": "import patient_9.part\nlate = 1", "patient_9/part.py": ""},
    )
    seen = []

    def callback() -> bool:
        seen.append("patient_9.part" in sys.modules and hasattr(sys.modules["patient_9"], "late"))
        return seen[-1]

    when_settled(["patient_9"], callback)
    importlib.import_module("patient_9")
    assert seen == [False, True]


def test_importing_hrnet_mm_imports_nothing_heavy() -> None:
    loaded = output_of("import sys, hrnet_mm; print(*(n.split('.')[0] for n in sys.modules))")
    assert not HEAVY & set(loaded.split())


def test_importing_hrnet_mm_takes_nothing_else() -> None:
    assert output_of("import hrnet_mm", bare=True) == ""


def test_titles_are_unique() -> None:
    assert len({repair.title for repair in REPAIRS}) == len(REPAIRS)


def test_models_imported_while_building_on_the_meta_device_are_repaired_as_ever() -> None:
    """What is probed with a tensor is probed on the CPU, whatever device is the default."""
    done = run_python(
        "import torch, hrnet_mm\n"
        "from hrnet_mm.compat import outcomes\n"
        "with torch.device('meta'):\n"
        "    import mmseg.models, mmpose.models, mmengine.optim\n"
        "print([t for t in outcomes if outcomes[t] == 'repaired'])"
    )
    assert done.returncode == 0, done.stderr
    for title in (mmseg_class_weight.REPAIR.title, bfloat16_arrays.REPAIR.title):
        assert title in done.stdout
