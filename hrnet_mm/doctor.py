"""What is installed, missing, too old or repaired, and how to get it: ``python -m hrnet_mm``."""

import platform
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from hrnet_mm.checkpoint import PATCHES
from hrnet_mm.checkpoint.reading import OLDEST_TORCH
from hrnet_mm.compat import REPAIRS
from hrnet_mm.compat.mmcv_ext import broken_operators
from hrnet_mm.compat.mmcv_ext.refusal import GET_OPERATORS
from hrnet_mm.post_import import Patch, import_error, outcomes


@dataclass(frozen=True)
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
NO_DEPS = "--no-deps "

OPENCV = [f"opencv-{kind}" for kind in ("python-headless", "python", "contrib-python-headless")]
MMENGINE = ["mmengine", "mmengine-lite", "onedl-mmengine"]
MMCV = ["mmcv-lite", "mmcv", "mmcv-full", "onedl-mmcv"]
MMSEG = ["mmsegmentation", "onedl-mmsegmentation"]

COMPONENTS = (
    Component("torch", ["torch"], "2.11.0", OLDEST_TORCH),
    Component("torchvision", ["torchvision"], "0.26.0"),
    Component("numpy", ["numpy"], "2.4.6"),
    Component("cv2", [*OPENCV, "opencv-contrib-python"], "4.14.0.94"),
    Component("mmengine", MMENGINE, "0.10.7", "0.10", pip_options=NO_DEPS),
    Component("mmcv", MMCV, "2.1.0", "2.0", pip_options=NO_DEPS),
    Component("mmdet", ["mmdet", "onedl-mmdetection"], "3.3.0", "3.0", "detection", NO_DEPS),
    Component("mmpose", ["mmpose", "onedl-mmpose"], "1.3.2", "1.0", "pose", NO_DEPS),
    Component("mmseg", MMSEG, "1.2.2", "1.0", "segmentation", NO_DEPS),
    Component(
        "mmpretrain", ["mmpretrain", "onedl-mmpretrain"], "1.2.0", "1.0", "classification", NO_DEPS
    ),
    Component("pycocotools", ["pycocotools"], "2.0.11", needed_for="detection and pose"),
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
    python = ("python", platform.python_version(), "tested with 3.11 and 3.12")
    _print_table([python, *(row for row, _ in findings.values())])
    print()
    patches = {patch.title: _outcome_of(patch) for patch in (*REPAIRS, *PATCHES)}
    others = {title: outcomes[title] for title in outcomes if title not in patches}
    _print_table([*(patches | others).items()])
    return 0 if all(findings[module][1] for module in REQUIRED) else 1


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
