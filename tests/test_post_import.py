"""Callbacks after imports, and patches that fail without stopping one."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
import torch

from hrnet_mm.checkpoint import PATCHES
from hrnet_mm.compat import REPAIRS, bfloat16_arrays, mmseg_class_weight
from hrnet_mm.post_import import (
    CannotPatchError,
    Patch,
    install,
    outcomes,
    retry_after_imports,
    when_imported,
)
from tests.isolated import output_of, write_package
from tests.isolated import run_python as run_isolated
from tests.tiny_runner import run_python

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
    is_needed: Callable[[ModuleType], bool] = lambda module: module.faulty,
    apply: Callable[[ModuleType], None] = lambda module: module.__dict__.update(faulty=False),
) -> Patch:
    return Patch(title=TITLE, waits_for=waits_for, is_needed=is_needed, apply=apply)


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
    install([_repair(waits_for="patient_3", apply=lambda _: pytest.fail("it was fine"))])
    importlib.import_module("patient_3")
    assert outcomes[TITLE] == "not needed"


def test_is_applied_once(tmp_path: Path) -> None:
    _write(tmp_path, patient_4="faulty = True")
    repaired = []
    repair = _repair(waits_for="patient_4", apply=lambda module: repaired.append(module.__name__))
    install([repair])
    install([repair])
    module = importlib.import_module("patient_4")
    install([repair])
    importlib.reload(module)
    assert repaired == ["patient_4"]


def test_says_why_it_cannot_repair(tmp_path: Path) -> None:
    def apply(_: ModuleType) -> None:
        raise CannotPatchError("it takes a doctor")

    _write(tmp_path, patient_5="faulty = True")
    install([_repair(waits_for="patient_5", apply=apply)])
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


def test_retries_are_not_in_the_middle_of_an_import(tmp_path: Path) -> None:
    """The callback needs a name that the package binds after importing its submodule."""
    write_package(
        tmp_path,
        files={"patient_9/__init__.py": "import patient_9.part\nlate = 1", "patient_9/part.py": ""},
    )
    seen = []

    def callback() -> bool:
        seen.append("patient_9.part" in sys.modules and hasattr(sys.modules["patient_9"], "late"))
        return seen[-1]

    retry_after_imports(["patient_9"], callback)
    importlib.import_module("patient_9")
    assert seen == [False, True]


# A repair that fails


@pytest.mark.parametrize("which", ["is_needed", "apply"])
def test_an_error_does_not_stop_the_import(which: str, tmp_path: Path) -> None:
    def fail(_: ModuleType) -> NoReturn:
        raise KeyError("gone\nfor good")

    _write(tmp_path, patient_10="faulty = True", patient_10_user="import patient_10")
    called = []
    install([_repair(waits_for="patient_10", **{which: fail})])
    when_imported("patient_10", lambda module: called.append(module.faulty))
    with pytest.warns(RuntimeWarning) as warned:
        user = importlib.import_module("patient_10_user")
    assert user.patient_10.faulty is True
    assert called == [True]  # what waits for the module beside it
    assert outcomes[TITLE] == r"failed: KeyError: 'gone\nfor good'"
    assert [str(warning.message) for warning in warned] == [f"hrnet_mm: {TITLE}: {outcomes[TITLE]}"]


def test_an_error_where_the_module_is_loaded_already(tmp_path: Path) -> None:
    _write(tmp_path, patient_11="")
    importlib.import_module("patient_11")
    with pytest.warns(RuntimeWarning, match="AttributeError.*faulty"):
        install([_repair(waits_for="patient_11")])
    assert outcomes[TITLE].startswith("failed: AttributeError")


def test_an_interrupt_is_none_of_it(tmp_path: Path) -> None:
    def interrupt(_: ModuleType) -> bool:
        raise KeyboardInterrupt

    _write(tmp_path, patient_12="")
    install([_repair(waits_for="patient_12", is_needed=interrupt)])
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module("patient_12")


@pytest.mark.parametrize(
    ("apply", "outcome"),
    [
        ("1 / 0", "failed: ZeroDivisionError: division by zero"),
        ("'in part'", "repaired: in part"),
    ],
)
def test_warnings_as_errors_do_not_stop_the_import(
    apply: str, outcome: str, tmp_path: Path
) -> None:
    _write(tmp_path, patient="")
    code = f"""
from hrnet_mm.post_import import Patch, install, outcomes
apply = lambda module: {apply}
install([Patch(title="t", waits_for="patient", is_needed=lambda _: True, apply=apply)])
import patient
print(outcomes["t"])
"""
    done = run_isolated("-W", "error", "-c", code, packages=tmp_path, bare=True)
    assert done.stdout.strip() == outcome, done.stderr
    assert done.stderr.strip() == f"hrnet_mm: t: {outcome.removeprefix('repaired: ')}"


ALL_PATCHES = (*REPAIRS, *PATCHES)
WAITED_FOR = sorted({patch.waits_for for patch in ALL_PATCHES})
FAILING = """
import dataclasses, importlib, sys, warnings
from hrnet_mm.checkpoint import PATCHES
from hrnet_mm.compat import REPAIRS
from hrnet_mm.post_import import install, outcomes

def fail(_):
    raise OSError("as a package may")

which, modules = sys.argv[1], sys.argv[2:]
faulty = {} if which == "is_needed" else {"is_needed": lambda _: True}
failing = [dataclasses.replace(r, title=f"failing: {r.title}", **faulty, **{which: fail})
           for r in (*REPAIRS, *PATCHES)]
install(failing)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for name in 2 * modules:  # the second time nothing is new
        importlib.import_module(name)
texts = [str(warning.message) for warning in caught]
for repair in failing:
    assert outcomes[repair.title] == "failed: OSError: as a package may", outcomes[repair.title]
    assert texts.count(f"hrnet_mm: {repair.title}: {outcomes[repair.title]}") == 1, texts
# The true ones, in packages that have none of the names that they look up.
for repair in (*REPAIRS, *PATCHES):
    outcome = outcomes[repair.title]
    told = sum(text.startswith(f"hrnet_mm: {repair.title}: ") for text in texts)
    assert told == outcome.startswith("failed: "), (outcome, texts)
print(sum(outcomes[repair.title].startswith("failed: ") for repair in (*REPAIRS, *PATCHES)))
"""


@pytest.mark.parametrize("which", ["is_needed", "apply"])
def test_no_repair_stops_the_import_of_its_module(which: str, tmp_path: Path) -> None:
    """In packages that are empty, without PyTorch: most of the true repairs fail too."""
    write_package(
        tmp_path, files={f"{name.replace('.', '/')}/__init__.py": "" for name in WAITED_FOR}
    )
    script = tmp_path / "failing.py"
    script.write_text(FAILING)
    done = run_isolated(str(script), which, *WAITED_FOR, packages=tmp_path, bare=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > len(ALL_PATCHES) / 2


def _sought(repair: Patch) -> set[str]:
    """All names that the file of a repair can look up."""
    own = vars(sys.modules[repair.apply.__module__]).values()
    names: set[str] = set()
    codes = [function.__code__ for function in own if inspect.isfunction(function)]
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        for constant in code.co_consts:
            names.update(part for part in (constant, *_tuple(constant)) if isinstance(part, str))
            if inspect.iscode(constant):
                codes.append(constant)
    return names


def _tuple(constant: object) -> tuple[object, ...]:
    return constant if isinstance(constant, tuple) else ()


def _owners(repair: Patch) -> list[Any]:
    """All that a patch may change: modules of the packages, and classes of the one it waits for."""
    packages = HEAVY - {"torch"} | {"xtcocotools"}
    modules = [m for name, m in [*sys.modules.items()] if name.partition(".")[0] in packages]
    waited_for = vars(importlib.import_module(repair.waits_for)).values()
    classes = [c for c in waited_for if isinstance(c, type) and c.__module__ == repair.waits_for]
    return [owner for owner in (*modules, *classes) if hasattr(owner, "__dict__")]


def _state(owners: list[Any]) -> list[Any]:
    allowed = set(torch.serialization.get_safe_globals())
    return [allowed, dict(sys.modules), *({**vars(owner)} for owner in owners)]


def _put_back(owners: list[Any], state: list[Any]) -> None:
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals([*state[0]])
    sys.modules.update(state[1])
    for owner, before in zip(owners, state[2:], strict=True):
        for name in vars(owner).keys() - before.keys():
            delattr(owner, name)
        for name, value in before.items():
            if vars(owner).get(name) is not value:
                setattr(owner, name, value)


@pytest.mark.parametrize("repair", ALL_PATCHES, ids=lambda repair: repair.title)
def test_a_patch_that_fails_changes_nothing(repair: Patch) -> None:
    """Each name that it looks up is removed in turn."""
    module, owners = importlib.import_module(repair.waits_for), _owners(repair)
    package = sys.modules[repair.waits_for.partition(".")[0]]
    before = _state(owners)
    sought = [
        (owner, name)
        for owner in owners
        if owner in (module, package) or isinstance(owner, type)
        for name in _sought(repair) & vars(owner).keys()
        if name not in ("__dict__", "__name__", "__module__", "__qualname__")
    ]
    for owner, name in sought:
        delattr(owner, name)
        without = _state(owners)
        try:
            repair.apply(module)
        except CannotPatchError:
            pass
        except Exception:
            assert _state(owners) == without, (owner, name)
        finally:
            _put_back(owners, before)


def test_importing_hrnet_mm_imports_nothing_heavy() -> None:
    loaded = output_of("import sys, hrnet_mm; print(*(n.split('.')[0] for n in sys.modules))")
    assert not HEAVY & set(loaded.split())


def test_importing_hrnet_mm_takes_nothing_else() -> None:
    assert output_of("import hrnet_mm", bare=True) == ""


def test_titles_are_unique() -> None:
    assert len({repair.title for repair in ALL_PATCHES}) == len(ALL_PATCHES)


def test_models_imported_while_building_on_the_meta_device_are_repaired_as_ever() -> None:
    """What is probed with a tensor is probed on the CPU, whatever device is the default."""
    done = run_python(
        "import torch, hrnet_mm\n"
        "from hrnet_mm.post_import import outcomes\n"
        "with torch.device('meta'):\n"
        "    import mmseg.models, mmpose.models, mmengine.optim\n"
        "print([t for t in outcomes if outcomes[t] == 'repaired'])"
    )
    assert done.returncode == 0, done.stderr
    for title in (mmseg_class_weight.REPAIR.title, bfloat16_arrays.REPAIR.title):
        assert title in done.stdout
