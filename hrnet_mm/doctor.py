"""What is installed, missing, too old or repaired, and how to get it: ``python -m hrnet_mm``."""

import platform
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from hrnet_mm.checkpoint import PATCHES
from hrnet_mm.checkpoint.reading import OLDEST_TORCH
from hrnet_mm.compat import REPAIRS
from hrnet_mm.compat.mmcv_ext import broken_operators
from hrnet_mm.compat.mmcv_ext.refusal import GET_OPERATORS
from hrnet_mm.post_import import Patch, in_one_line, outcomes


@dataclass(frozen=True, kw_only=True)
class Component:
    """A package that hrnet_mm works with.

    Attributes:
        module: What is imported.
        distributions: Packages that install it: the recommended one first, forks last.
        tested: The version that CI runs, as in the files of ``requirements/``.
        oldest: The oldest version that can work.
        needed_for: The task that needs it.
        pip_options: Options that pip needs to install it today.
    """

    module: str
    distributions: Sequence[str]
    tested: str
    oldest: str = "0"
    needed_for: str = "everything"
    pip_options: str = ""

    @property
    def advice(self) -> str:
        """The command that installs the tested version."""
        return f"pip install {self.pip_options}{self.distributions[0]}=={self.tested}"


# mmpose asks for chumpy, which does not install, and several ask for a second OpenCV.
NO_DEPENDENCIES = "--no-deps "
OPENCV = [f"opencv-{kind}" for kind in ("python-headless", "python", "contrib-python-headless")]

COMPONENTS = (
    Component(module="torch", distributions=["torch"], tested="2.11.0", oldest=OLDEST_TORCH),
    Component(module="torchvision", distributions=["torchvision"], tested="0.26.0"),
    Component(module="numpy", distributions=["numpy"], tested="2.4.6"),
    Component(module="cv2", distributions=[*OPENCV, "opencv-contrib-python"], tested="4.14.0.94"),
    Component(
        module="mmengine",
        distributions=["mmengine", "mmengine-lite", "onedl-mmengine"],
        tested="0.10.7",
        oldest="0.10",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="mmcv",
        distributions=["mmcv-lite", "mmcv", "mmcv-full", "onedl-mmcv"],
        tested="2.1.0",
        oldest="2.0",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="mmdet",
        distributions=["mmdet", "onedl-mmdetection"],
        tested="3.3.0",
        oldest="3.0",
        needed_for="detection",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="mmpose",
        distributions=["mmpose", "onedl-mmpose"],
        tested="1.3.2",
        oldest="1.0",
        needed_for="pose",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="mmseg",
        distributions=["mmsegmentation", "onedl-mmsegmentation"],
        tested="1.2.2",
        oldest="1.0",
        needed_for="segmentation",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="mmpretrain",
        distributions=["mmpretrain", "onedl-mmpretrain"],
        tested="1.2.0",
        oldest="1.0",
        needed_for="classification",
        pip_options=NO_DEPENDENCIES,
    ),
    Component(
        module="pycocotools",
        distributions=["pycocotools"],
        tested="2.0.11",
        needed_for="detection and pose",
    ),
    Component(
        module="xtcocotools",
        distributions=["xtcocotools"],
        tested="1.14.3",
        needed_for="pose",
        pip_options="--no-build-isolation --no-binary xtcocotools ",  # its wheel is for numpy 1
    ),
)

REQUIRED = {"torch", "mmengine", "mmcv"}
UNKNOWN = "unknown version"


def report() -> int:
    """Print a line for each component, each repair and each other patch.

    Returns:
        The exit status: 0 if torch, mmengine and mmcv are usable, 1 otherwise.
    """
    warnings.simplefilter("ignore")  # of the packages that are imported below
    findings = [_examine(component) for component in COMPONENTS]
    python = ("python", platform.python_version(), "tested with 3.11 and 3.12")
    _print_table([python, *(finding.row for finding in findings)])
    print()
    patches = {patch.title: _outcome_of(patch) for patch in (*REPAIRS, *PATCHES)}
    others = {title: outcomes[title] for title in outcomes if title not in patches}
    _print_table([*(patches | others).items()])
    usable = {finding.component.module for finding in findings if finding.is_usable}
    return 0 if usable >= REQUIRED else 1


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """An examined component: its row of the table, and whether it is usable."""

    component: Component
    row: tuple[str, str, str]
    is_usable: bool = False


def _examine(component: Component) -> _Finding:
    installed = _installed(component)
    if installed is None:
        remark = f"for {component.needed_for}: {component.advice}"
        row = (component.distributions[0], "missing", remark)
        return _Finding(component=component, row=row)

    if installed[1] != UNKNOWN and _release(installed[1]) < _release(component.oldest):
        other_name = installed[0] != component.distributions[0]  # both install the same files
        first = f"pip uninstall {installed[0]}, then " if other_name else ""
        remark = f"too old (works from {component.oldest} on): {first}{component.advice}"
        return _Finding(component=component, row=(*installed, remark))

    error = _import_error(component.module)
    if error is not None:
        return _Finding(component=component, row=(*installed, f"does not import: {error}"))

    if component.module == "mmcv" and (fault := broken_operators()):
        without = f"pip uninstall {installed[0]}, then {component.advice}"
        remark = (
            f"its compiled operators do not load: {fault}; {GET_OPERATORS}; or, without, {without}"
        )
        return _Finding(component=component, row=(*installed, remark))

    as_tested = _release(installed[1]) == _release(component.tested)
    remark = "as tested" if as_tested else f"tested with {component.tested}"
    return _Finding(component=component, row=(*installed, remark), is_usable=True)


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


def _import_error(module: str) -> str | None:
    """Return the error of importing a module in one line, None if it imports."""
    try:
        import_module(module)
    except Exception as error:  # an import can raise anything
        return in_one_line(error)
    return None


def _outcome_of(patch: Patch) -> str:
    package = patch.waits_for.partition(".")[0]
    if find_spec(package) is None:
        return f"not used: waits for {package} (not installed)"
    error = _import_error(patch.waits_for)
    if error is not None:
        return f"not decided: {patch.waits_for} does not import: {error}"
    return outcomes.get(patch.title, "not decided")


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    # Not hrnet_mm.tables: this has to work in an environment without rich.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())
