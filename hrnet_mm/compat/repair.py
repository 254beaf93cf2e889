"""What a repair of the host stack is, and when it is applied.

A repair waits for the module that it mends: it is decided right after that module is imported, or
at once where it is loaded already. So nothing is imported or paid for a toolbox that is not used.
One that fails warns and is recorded; it does not stop the import.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One fault of the host stack and its mend.

    Attributes:
        title: What is repaired, in a few words, for ``python -m hrnet_mm``.
        waits_for: The module after whose import the repair is decided.
        is_faulty: Tells from that module whether the fault is present.
        mend: Repairs that module, or raises `CannotMendError`. Called at most once. It looks up and
            makes all that it needs before it changes anything, so that an error changes nothing. It
            may return a remark on what it did.
    """

    title: str
    waits_for: str
    is_faulty: Callable[[ModuleType], bool]
    mend: Callable[[ModuleType], str | None]


class CannotMendError(Exception):
    """The mend needs what is not installed; the text says what, and how to get it."""


outcomes: dict[str, str] = {}  # by title; what still waits is absent


def install(repairs: Sequence[Repair]) -> None:
    """Decide each repair now if its module is loaded, else right after the module's import."""
    for repair in repairs:
        when_imported(repair.waits_for, lambda module, repair=repair: _decide(repair, module))


def _decide(repair: Repair, module: ModuleType) -> None:
    if repair.title not in outcomes:
        attempt(repair.title, lambda: _outcome(repair, module))


def _outcome(repair: Repair, module: ModuleType) -> str:
    if not repair.is_faulty(module):
        return "not needed"
    try:
        remark = repair.mend(module)
    except CannotMendError as reason:
        return f"not repaired: {reason}"
    return f"repaired: {remark}" if remark else "repaired"


def attempt(title: str, action: Callable[[], str]) -> None:
    """Do what must not stop the import of which it is a part.

    The outcome that ``action`` returns is recorded; if it fails, that, with one warning.
    """
    try:
        outcomes[title] = action()
    except Exception as error:  # a host that is other than we know can raise anything
        outcomes[title] = f"failed: {in_one_line(error)}"
        warnings.warn(f"hrnet_mm: {title}: {outcomes[title]}", RuntimeWarning, stacklevel=2)


def in_one_line(error: Exception) -> str:
    """Type and text of an error."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def when_imported(name: str, callback: Callable[[ModuleType], None]) -> None:
    """Call ``callback`` with the module ``name``: now if loaded, else right after its import.

    An error of it would stop that import; see `attempt`.
    """
    module = sys.modules.get(name)
    if module is not None:
        callback(module)
        return
    _finder.waiting[name].append(callback)


def when_settled(packages: Collection[str], callback: Callable[[], bool]) -> None:
    """Call ``callback`` now, and after imports from ``packages``, until it returns True.

    It is called only while no module of these packages is in the middle of its import, so it may
    import from them whatever it likes.
    """
    if not callback():
        _finder.settling.append((frozenset(packages), callback))


class _PostImportFinder(MetaPathFinder):
    """Lets the other finders find a module and runs the waiting callbacks after it was executed."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[ModuleType], None]]] = defaultdict(list)
        self.settling: list[tuple[frozenset[str], Callable[[], bool]]] = []
        self.executing: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = fullname.partition(".")[0]
        if fullname not in self.waiting and not any(package in names for names, _ in self.settling):
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._run_callbacks_after(spec.loader)
        return spec

    def _run_callbacks_after(self, loader: Loader) -> None:
        execute = loader.exec_module

        # By the module's own name: some finders share one loader among all that they find.
        def execute_and_call_back(module: ModuleType) -> None:
            name = module.__name__
            self.executing.append(name)
            try:
                execute(module)
            finally:
                self.executing.remove(name)
            for callback in self.waiting.pop(name, []):
                callback(module)
            self._call_settled()

        loader.exec_module = execute_and_call_back

    def _call_settled(self) -> None:
        busy = {name.partition(".")[0] for name in self.executing}
        for entry in [entry for entry in self.settling if not entry[0] & busy]:
            self.settling.remove(entry)  # before the call, which may import from the packages too
            when_settled(*entry)


_finder = _PostImportFinder()
sys.meta_path.insert(0, _finder)
