"""What is installed, missing, too old or repaired, and how to get it: ``python -m hrnet_mm``."""

import platform
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

from hrnet_mm.checkpoint import PATCHES
from hrnet_mm.checkpoint.reading import OLDEST_TORCH
from hrnet_mm.compat import REPAIRS
from hrnet_mm.compat.mmcv_ext import broken_operators
from hrnet_mm.compat.mmcv_ext.refusal import GET_OPERATORS
from hrnet_mm.post_import import Patch, import_error, outcomes


@dataclass(frozen=True, kw_only=True)
class Component:
    """A package that hrnet_mm works with.

    Attributes:
        module: What is imported.
        distributions: Packages that install it: the recommended one first, forks last.
        tested: The version that CI runs, as in the files of ``requirements/``.
        oldest: The oldest version that can work.
        wanted: The versions for pip to choose from, where not all from ``oldest`` on.
        needed_for: The task that needs it.
    """

    module: str
    distributions: Sequence[str]
    tested: str
    oldest: str = ""
    wanted: str = ""
    needed_for: str = "everything"

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        from_oldest = f">={self.oldest}" if self.oldest else ""
        return self.distributions[0] + (self.wanted or from_oldest)


OPENCV = [f"opencv-{kind}" for kind in ("python-headless", "python", "contrib-python-headless")]

LIBRARIES = (
    Component(
        module="torch",
        distributions=["torch"],
        tested="2.11.0",
        oldest=OLDEST_TORCH,
        wanted="==2.11.0",
    ),
    Component(module="torchvision", distributions=["torchvision"], tested="0.26.0"),
    Component(module="numpy", distributions=["numpy"], tested="2.4.6"),
    Component(
        module="cv2",
        distributions=[*OPENCV, "opencv-contrib-python"],
        tested="4.14.0.94",
        wanted="<5",
    ),
)
TOOLBOXES = (
    Component(
        module="mmengine",
        distributions=["mmengine", "mmengine-lite", "onedl-mmengine"],
        tested="0.10.7",
        oldest="0.10",
    ),
    Component(
        module="mmcv",
        distributions=["mmcv-lite", "mmcv", "mmcv-full", "onedl-mmcv"],
        tested="2.1.0",
        oldest="2.0",
        wanted=">=2.1,<2.2",  # mmdet refuses 2.2
    ),
    Component(
        module="mmdet",
        distributions=["mmdet", "onedl-mmdetection"],
        tested="3.3.0",
        oldest="3.0",
        needed_for="detection",
    ),
    Component(
        module="mmpose",
        distributions=["mmpose"],
        tested="1.3.2",
        oldest="1.0",
        needed_for="pose",
    ),
    Component(
        module="mmseg",
        distributions=["mmsegmentation", "onedl-mmsegmentation"],
        tested="1.2.2",
        oldest="1.0",
        needed_for="segmentation",
    ),
    Component(
        module="mmpretrain",
        distributions=["mmpretrain", "onedl-mmpretrain"],
        tested="1.2.0",
        oldest="1.0",
        needed_for="classification",
    ),
)
COMPONENTS = (*LIBRARIES, *TOOLBOXES)

REQUIRED = ("torch", "mmengine", "mmcv")
UNKNOWN = "unknown version"
TASKS = {"pose": "pose", "seg": "segmentation", "det": "detection", "cls": "classification"}


def report() -> int:
    """Print a line for each component, each missing library, each repair and each other patch.

    Then, where something is missing or too old, the commands that install it.

    Returns:
        The exit status: 0 if torch, mmengine and mmcv are usable, 1 otherwise.
    """
    warnings.simplefilter("ignore")  # of the packages that are imported below
    findings = {component.module: _examine(component) for component in COMPONENTS}
    python = ("python", platform.python_version(), "tested with 3.11 to 3.13")
    missing = _missing_libraries()
    libraries = [(name, "missing", f"for {task}") for name, task in missing.items()]
    _print_table([python, *(row for row, _ in findings.values()), *libraries])
    print()
    patches = {patch.title: _outcome_of(patch) for patch in (*REPAIRS, *PATCHES)}
    others = {title: outcomes[title] for title in outcomes if title not in patches}
    _print_table([*(patches | others).items()])
    if commands := _commands(missing):
        print("\nTo install what is missing or too old:", *commands, sep="\n")
    return 0 if all(findings[module][1] for module in REQUIRED) else 1


def _examine(component: Component) -> tuple[tuple[str, str, str], bool]:
    """Return the row of a component in the table, and whether it is usable."""
    installed = _installed(component)
    if installed is None:
        return (component.distributions[0], "missing", f"for {component.needed_for}"), False
    if fault := _fault(component, *installed):
        return (*installed, fault), False
    as_tested = _release(installed[1]) == _release(component.tested)
    remark = "as tested" if as_tested else f"tested with {component.tested}"
    return (*installed, remark), True


def _fault(component: Component, distribution: str, version: str) -> str | None:
    """Say why an installed component is not usable; None if it is."""
    uninstall = f"pip uninstall {distribution}"
    if _is_too_old(component, version):
        other_name = distribution != component.distributions[0]  # both install the same files
        first = f": {uninstall}, before what is below" if other_name else ""
        return f"too old (works from {component.oldest} on){first}"
    if error := import_error(component.module):
        return f"does not import: {error}"
    if component.module == "mmcv" and (fault := broken_operators()):
        lite = f"{uninstall}, then {_pip_install('--no-deps', component.requirement)}"
        return f"its compiled operators do not load: {fault}; {GET_OPERATORS}; or, without, {lite}"
    return None


def _installed(component: Component) -> tuple[str, str] | None:
    """Return the distribution that installed the component and its version, None if missing."""
    for distribution in component.distributions:
        try:
            return distribution, version(distribution)
        except PackageNotFoundError:
            continue
    on_the_path = find_spec(component.module) is not None  # such as a checkout, without metadata
    return (component.distributions[0], UNKNOWN) if on_the_path else None


def _is_too_old(component: Component, version: str) -> bool:
    return version != UNKNOWN and _release(version) < _release(component.oldest)


def _missing_libraries() -> dict[str, str]:
    """Return what is not installed of the extras that tasks need, and these tasks."""
    missing: dict[str, list[str]] = {}
    for requirement in (requires("hrnet_mm") if _has_metadata("hrnet_mm") else None) or []:
        name, _, extra = requirement.replace('"', "").partition("; extra == ")
        task = (TASKS | {"common": "everything"}).get(extra)
        # An extra can name another.
        if task is not None and "[" not in name and not _has_metadata(name):
            missing.setdefault(name, []).append(task)
    return {name: " and ".join(tasks) for name, tasks in missing.items()}


def _has_metadata(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _commands(libraries: Iterable[str]) -> list[str]:
    """Return the commands that install what is missing or too old."""
    torch, torchvision, *others = LIBRARIES
    packages = [component.requirement for component in others if _is_lacking(component)]
    packages += [name for name in libraries if name not in packages]
    if _is_lacking(torch) or _is_lacking(torchvision):  # one must fit the other
        kept = None if _is_lacking(torch) else _installed(torch)
        packages[:0] = [torch.requirement if kept is None else f"torch=={kept[1]}", "torchvision"]
    toolboxes = [component.requirement for component in TOOLBOXES if _is_lacking(component)]
    commands = [_pip_install(*packages)] if packages else []
    # mmpose asks for chumpy, which does not install, and several for a second OpenCV.
    return commands + ([_pip_install("--no-deps", *toolboxes)] if toolboxes else [])


def _is_lacking(component: Component) -> bool:
    installed = _installed(component)
    return installed is None or _is_too_old(component, installed[1])


def _pip_install(*arguments: str) -> str:
    quoted = (f'"{text}"' if set(text) & set("<>") else text for text in arguments)
    return " ".join(["pip install", *quoted])


def _release(version: str) -> list[int]:
    """Return the numbers of a version without its suffix: [2, 11, 0] of ``2.11.0+cpu``."""
    release = re.match(r"[\d.]*\d", version)
    return [int(number) for number in release[0].split(".")] if release else []


def _outcome_of(patch: Patch) -> str:
    package = patch.waits_for.partition(".")[0]
    if find_spec(package) is None:
        return f"not used: waits for {package} (not installed)"
    if error := import_error(patch.waits_for):
        return f"not decided: {patch.waits_for} does not import: {error}"
    return outcomes.get(patch.title, "not decided")


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    # Not hrnet_mm.tables: this has to work in an environment without rich.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())
