"""What is installed, missing, too old or repaired, and how to get it: ``python -m hrnet_mm``."""

import platform
import re
import shlex
import warnings
from collections.abc import Sequence
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
        needed_for: The task that needs it.
        wanted: The versions to install, if not the tested one.
        without_dependencies: Whether pip is told to leave out what it asks for.
    """

    module: str
    distributions: Sequence[str]
    tested: str
    oldest: str = "0"
    needed_for: str = "everything"
    wanted: str = ""
    without_dependencies: bool = False

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return self.distributions[0] + (self.wanted or f"=={self.tested}")

    @property
    def advice(self) -> str:
        """The command that installs it."""
        return _pip_install([self.requirement], without_dependencies=self.without_dependencies)


OPENCV = [f"opencv-{kind}" for kind in ("python-headless", "python", "contrib-python-headless")]


def _toolbox(
    module: str,
    distributions: Sequence[str],
    *,
    tested: str,
    oldest: str,
    needed_for: str = "everything",
    wanted: str = "",
) -> Component:
    # mmpose asks for chumpy, which does not install, and several ask for a second OpenCV.
    return Component(
        module=module,
        distributions=distributions,
        tested=tested,
        oldest=oldest,
        needed_for=needed_for,
        wanted=wanted,
        without_dependencies=True,
    )


COMPONENTS = (
    Component(module="torch", distributions=["torch"], tested="2.11.0", oldest=OLDEST_TORCH),
    Component(module="torchvision", distributions=["torchvision"], tested="0.26.0"),
    Component(module="numpy", distributions=["numpy"], tested="2.4.6"),
    Component(module="cv2", distributions=[*OPENCV, "opencv-contrib-python"], tested="4.14.0.94"),
    _toolbox(
        "mmengine", ["mmengine", "mmengine-lite", "onedl-mmengine"], tested="0.10.7", oldest="0.10"
    ),
    _toolbox(
        "mmcv",
        ["mmcv-lite", "mmcv", "mmcv-full", "onedl-mmcv"],
        tested="2.1.0",
        oldest="2.0",
        wanted=">=2.1,<2.2",  # mmdet refuses 2.2
    ),
    _toolbox(
        "mmdet",
        ["mmdet", "onedl-mmdetection"],
        tested="3.3.0",
        oldest="3.0",
        needed_for="detection",
    ),
    _toolbox("mmpose", ["mmpose", "onedl-mmpose"], tested="1.3.2", oldest="1.0", needed_for="pose"),
    _toolbox(
        "mmseg",
        ["mmsegmentation", "onedl-mmsegmentation"],
        tested="1.2.2",
        oldest="1.0",
        needed_for="segmentation",
    ),
    _toolbox(
        "mmpretrain",
        ["mmpretrain", "onedl-mmpretrain"],
        tested="1.2.0",
        oldest="1.0",
        needed_for="classification",
    ),
    Component(
        module="pycocotools",
        distributions=["pycocotools"],
        tested="2.0.11",
        needed_for="detection and pose",
    ),
)

REQUIRED = ("torch", "mmengine", "mmcv")
UNKNOWN = "unknown version"


def report() -> int:
    """Print a line for each component, each repair and each other patch.

    Returns:
        The exit status: 0 if torch, mmengine and mmcv are usable, 1 otherwise.
    """
    warnings.simplefilter("ignore")  # of the packages that are imported below
    findings = {component.module: _examine(component) for component in COMPONENTS}
    python = ("python", platform.python_version(), "tested with 3.11 to 3.14")
    _print_table([python, *(row for row, _ in findings.values())])
    print()
    patches = {patch.title: _outcome_of(patch) for patch in (*REPAIRS, *PATCHES)}
    others = {title: outcomes[title] for title in outcomes if title not in patches}
    _print_table([*(patches | others).items()])
    lacking = [component for component in COMPONENTS if not findings[component.module][1]]
    if commands := _commands(lacking, libraries=_missing_libraries()):
        print("\nTo install what is missing or too old:\n", *commands, sep="\n")
    return 0 if all(findings[module][1] for module in REQUIRED) else 1


def _commands(lacking: Sequence[Component], *, libraries: Sequence[str]) -> list[str]:
    """Return the commands that install components and libraries; the second needs the first."""
    toolboxes = [each.requirement for each in lacking if each.without_dependencies]
    others = [each.requirement for each in lacking if not each.without_dependencies]
    known = {name for component in COMPONENTS for name in component.distributions}
    others += [name for name in libraries if name not in known]
    commands = []
    if others:
        commands.append(_pip_install(others))
    if toolboxes:
        commands.append(_pip_install(toolboxes, without_dependencies=True))
    return commands


def _pip_install(requirements: Sequence[str], *, without_dependencies: bool = False) -> str:
    options = ["--no-deps"] if without_dependencies else []
    return shlex.join(["pip", "install", *options, *requirements])


def _missing_libraries() -> list[str]:
    """Return what the toolboxes import and is not installed, by the extras of this package."""
    try:
        requirements = requires("hrnet_mm") or []
    except PackageNotFoundError:  # a checkout on the path, which is not installed
        return []
    names = dict.fromkeys(re.split(r"[^\w-]", requirement)[0] for requirement in requirements)
    return [name for name in names if name != "hrnet_mm" and not _is_installed(name)]


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _examine(component: Component) -> tuple[tuple[str, str, str], bool]:
    """Return the row of a component in the table, and whether it is usable."""
    installed = _installed(component)
    if installed is None:
        remark = f"for {component.needed_for}: {component.advice}"
        return (component.distributions[0], "missing", remark), False
    if fault := _fault(component, *installed):
        return (*installed, fault), False
    as_tested = _release(installed[1]) == _release(component.tested)
    remark = "as tested" if as_tested else f"tested with {component.tested}"
    return (*installed, remark), True


def _fault(component: Component, distribution: str, version: str) -> str | None:
    """Say why an installed component is not usable; None if it is."""
    uninstall = f"pip uninstall {distribution}, then "
    if version != UNKNOWN and _release(version) < _release(component.oldest):
        other_name = distribution != component.distributions[0]  # both install the same files
        first = uninstall if other_name else ""
        return f"too old (works from {component.oldest} on): {first}{component.advice}"
    if error := import_error(component.module):
        return f"does not import: {error}"
    if component.module == "mmcv" and (fault := broken_operators()):
        without = f"or, without, {uninstall}{component.advice}"
        return f"its compiled operators do not load: {fault}; {GET_OPERATORS}; {without}"
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
