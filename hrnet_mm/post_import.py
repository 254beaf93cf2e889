"""Callbacks after the import of a module, and patches of the OpenMMLab packages by them.

A patch waits for the module that it changes: it is applied right after that module is imported, or
at once if it is imported already. So a toolbox that is not used costs nothing. A patch that fails
warns and is recorded; it does not stop the import.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A change of a module of another package: a repair (`hrnet_mm.compat`) or a new feature.

    Attributes:
        title: What it does, in a few words, for ``python -m hrnet_mm``.
        waits_for: The module after whose import the patch is applied, if needed.
        is_needed: Whether that module needs the patch, because it has the fault.
        apply: Changes that module, or raises `CannotPatchError`. Called at most once. It looks up
            all that it needs before it changes anything, so that an error changes nothing. It may
            return a remark, which becomes a warning.
    """

    title: str
    waits_for: str
    is_needed: Callable[[ModuleType], bool]
    apply: Callable[[ModuleType], str | None]


class CannotPatchError(Exception):
    """The patch needs a package that is not installed; the message says how to get it."""


outcomes: dict[str, str] = {}  # by title; patches that still wait are absent


def install(patches: Sequence[Patch]) -> None:
    """Apply each patch that is needed: now if its module is loaded, else after its import."""
    for patch in patches:
        when_imported(patch.waits_for, lambda module, patch=patch: _apply_once(patch, module))


def _apply_once(patch: Patch, module: ModuleType) -> None:
    if patch.title not in outcomes:
        attempt(patch.title, lambda: _outcome(patch, module))


def _outcome(patch: Patch, module: ModuleType) -> str:
    if not patch.is_needed(module):
        return "not needed"
    try:
        remark = patch.apply(module)
    except CannotPatchError as reason:
        return f"not repaired: {reason}"
    if remark:
        _warn(f"hrnet_mm: {patch.title}: {remark}")
        return f"repaired: {remark}"
    return "repaired"


def attempt(title: str, action: Callable[[], str]) -> None:
    """Run ``action`` within an import that it must not stop.

    Its return value, or its error, is recorded as the outcome; an error also warns.
    """
    try:
        outcomes[title] = action()
    except Exception as error:  # an unknown version of a package can raise anything
        outcomes[title] = f"failed: {in_one_line(error)}"
        _warn(f"hrnet_mm: {title}: {outcomes[title]}")


def _warn(message: str) -> None:
    """Warn; where warnings are errors (``python -W error``), print the message instead."""
    try:
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    except RuntimeWarning:
        print(message, file=sys.stderr)


def replace_function(module: ModuleType, original: Callable, replacement: Callable) -> None:
    """Replace a function of a module, also in modules that have imported it by its name."""
    name = replacement.__name__
    for user in (module, *sys.modules.values()):
        if getattr(user, "__dict__", {}).get(name) is original:
            vars(user)[name] = replacement


def raises(
    errors: type[Exception] | tuple[type[Exception], ...],
    function: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> bool:
    """Tell whether a call raises one of these errors; others are raised unchanged."""
    try:
        function(*args, **kwargs)
    except errors:
        return True
    return False


def import_error(module: str) -> str | None:
    """Import a module. Return type and text of the error that stops it, or None."""
    try:
        import_module(module)
    except Exception as error:  # an import can raise anything
        return in_one_line(error)
    return None


def in_one_line(error: Exception) -> str:
    """Return type and text of an error."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def when_imported(name: str, callback: Callable[[ModuleType], None]) -> None:
    """Call ``callback`` with the module ``name``: now if loaded, else right after its import.

    An error of the callback stops that import; see `attempt`.
    """
    module = sys.modules.get(name)
    if module is None:
        _finder.waiting[name].append(callback)
    else:
        callback(module)


def retry_after_imports(packages: Collection[str], callback: Callable[[], bool]) -> None:
    """Call ``callback`` now, and after imports from ``packages``, until it returns True.

    It is called only while no module of these packages is being imported, so it may import any of
    their modules.
    """
    if not callback():
        _finder.retrying.append((frozenset(packages), callback))


class _PostImportFinder(MetaPathFinder):
    """Finds modules by the other finders, and calls the waiting callbacks after their execution."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[ModuleType], None]]] = defaultdict(list)
        self.retrying: list[tuple[frozenset[str], Callable[[], bool]]] = []
        self.executing: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package = fullname.partition(".")[0]
        if fullname not in self.waiting and not any(package in names for names, _ in self.retrying):
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._run_callbacks_after(spec.loader)
        return spec

    def _run_callbacks_after(self, loader: Loader) -> None:
        execute = loader.exec_module

        # By the module's name, since some finders share one loader for all modules.
        def execute_and_call_back(module: ModuleType) -> None:
            name = module.__name__
            self.executing.append(name)
            try:
                execute(module)
            finally:
                self.executing.remove(name)
            for callback in self.waiting.pop(name, []):
                callback(module)
            self._retry_callbacks()

        loader.exec_module = execute_and_call_back

    def _retry_callbacks(self) -> None:
        busy = {name.partition(".")[0] for name in self.executing}
        for entry in [entry for entry in self.retrying if not entry[0] & busy]:
            self.retrying.remove(entry)  # before the call, which may import from the packages too
            retry_after_imports(*entry)


_finder = _PostImportFinder()
sys.meta_path.insert(0, _finder)
