"""``python -m hrnet_mm``."""

import re
import tomllib
from pathlib import Path

import pytest

from hrnet_mm.doctor import COMPONENTS, LIBRARIES, TOOLBOXES
from tests.isolated import ROOT, run_python, write_metadata, write_package


def _report(*, packages: Path | None = None, bare: bool = True) -> tuple[int, dict[str, str]]:
    """The exit status and the lines, by their first column."""
    # -P: the checkout may hold the metadata of its own install.
    result = run_python("-P", "-m", "hrnet_mm", packages=packages, bare=bare)
    assert result.stderr == ""
    table, _, commands = result.stdout.partition("\nTo install what is missing or too old:\n")
    lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in table.splitlines() if line]
    told = dict(enumerate(commands.splitlines(), start=1))
    return result.returncode, {line[0]: line[1] for line in lines} | {
        f"command {number}": command for number, command in told.items()
    }


def _require(folder: Path, *requirements: str) -> None:
    """Let hrnet_mm be installed with these requirements of its extras."""
    write_metadata(folder, name="hrnet_mm", version="0")
    (file,) = folder.glob("hrnet_mm-*/METADATA")
    file.write_text(file.read_text() + "".join(f"Requires-Dist: {r}\n" for r in requirements))


def _install(folder: Path, *, name: str, version: str, module: str, text: str = "") -> None:
    write_metadata(folder, name=name, version=version)
    write_package(folder, files={f"{module}/__init__.py": text})


def test_nothing_is_installed(tmp_path: Path) -> None:
    _require(
        tmp_path,
        'hrnet_mm[common]; extra == "pose"',
        'addict; extra == "common"',
        'scipy; extra == "pose"',
        'scipy; extra == "det"',
        'av; extra == "video"',  # no task needs it
    )
    status, lines = _report(packages=tmp_path)
    assert status == 1
    assert lines["torch"] == "missing  for everything"
    assert lines["mmpose"] == "missing  for pose"
    assert lines["scipy"] == "missing  for pose and detection"
    assert "av" not in lines
    assert all(lines[component.distributions[0]].startswith("missing") for component in COMPONENTS)
    repair = lines["mmcv._ext: operators by torchvision where mmcv has none compiled"]
    assert repair == "not used: waits for mmcv (not installed)"
    assert lines["command 1"] == (
        'pip install torch==2.11.0 torchvision numpy "opencv-python-headless<5" addict scipy'
    )
    assert lines["command 2"] == (
        'pip install --no-deps "mmengine>=0.10" "mmcv-lite>=2.1,<2.2" "mmdet>=3.0" '
        '"mmpose>=1.0" "mmsegmentation>=1.0" "mmpretrain>=1.0"'
    )


def test_commands_name_only_what_is_missing_or_too_old(tmp_path: Path) -> None:
    _require(tmp_path, 'addict; extra == "common"', 'scipy; extra == "pose"')
    for component in COMPONENTS:
        version = "0.29" if component.module == "mmpose" else "99.1.0"
        _install(
            tmp_path, name=component.distributions[-1], version=version, module=component.module
        )
    write_metadata(tmp_path, name="addict", version="2")
    _, lines = _report(packages=tmp_path)
    assert "addict" not in lines
    assert lines["command 1"] == "pip install scipy"
    assert lines["command 2"] == 'pip install --no-deps "mmpose>=1.0"'
    assert "command 3" not in lines


def test_torchvision_is_chosen_for_the_torch_that_is_there(tmp_path: Path) -> None:
    for component in COMPONENTS:
        if component.module != "torchvision":
            version = "2.10.0+cpu" if component.module == "torch" else "99.1.0"
            name = component.distributions[0]
            _install(tmp_path, name=name, version=version, module=component.module)
    _require(tmp_path)
    _, lines = _report(packages=tmp_path)
    assert lines["command 1"] == "pip install torch==2.10.0+cpu torchvision"
    assert "command 2" not in lines


def test_forks_are_recognised(tmp_path: Path) -> None:
    forks = {"mmengine": "mmengine", "mmcv": "mmcv", "mmdetection": "mmdet"}
    forks |= {"mmsegmentation": "mmseg", "mmpretrain": "mmpretrain"}
    for fork, module in forks.items():
        _install(tmp_path, name=f"onedl-{fork}", version="9.1.0", module=module)
    _, lines = _report(packages=tmp_path)
    for fork, module in forks.items():
        tested = next(c.tested for c in COMPONENTS if c.module == module)
        assert lines[f"onedl-{fork}"].split(maxsplit=1) == ["9.1.0", f"tested with {tested}"]


def test_usable_too_old_broken(tmp_path: Path) -> None:
    _install(tmp_path, name="torch", version="2.11.0+cpu", module="torch")
    _install(tmp_path, name="mmengine", version="0.10.7", module="mmengine")
    _install(tmp_path, name="mmcv-lite", version="2.1.0", module="mmcv")
    _install(tmp_path, name="mmpose", version="0.29.0", module="mmpose")
    _install(
        tmp_path, name="mmdet", version="3.3.0", module="mmdet", text="assert 0, 'mmcv too new'"
    )
    write_package(tmp_path, files={"mmseg/__init__.py": ""})
    status, lines = _report(packages=tmp_path)
    assert status == 0
    assert lines["torch"].split(maxsplit=1) == ["2.11.0+cpu", "as tested"]
    assert lines["mmpose"].endswith("too old (works from 1.0 on)")
    assert "does not import: AssertionError: mmcv too new" in lines["mmdet"]
    assert lines["mmsegmentation"].startswith("unknown version  tested with 1.2.2")
    assert lines["mmcv._ext: operators by torchvision where mmcv has none compiled"] == "repaired"
    assert (
        "not decided: mmengine.utils" in lines["mmengine: installed packages without pkg_resources"]
    )


@pytest.mark.parametrize(
    ("name", "version", "module"),
    [
        ("torch", "2.0.1", "torch"),
        ("torch", "2.4.1+cu124", "torch"),
        ("torch", "2.5.1", "torch"),
        ("mmengine", "0.9.1", "mmengine"),
        ("mmcv-full", "1.7.2", "mmcv"),
    ],
)
def test_status_is_1_where_a_needed_one_is_too_old(
    name: str, version: str, module: str, tmp_path: Path
) -> None:
    good = {"torch": "2.11.0", "mmengine": "0.10.7", "mmcv-lite": "2.1.0"}
    others = {n: v for n, v in good.items() if not n.startswith(module)}
    for other, other_version in others.items():
        _install(tmp_path, name=other, version=other_version, module=other.removesuffix("-lite"))
    _install(tmp_path, name=name, version=version, module=module)
    status, lines = _report(packages=tmp_path)
    assert status == 1
    assert "too old" in lines[name]
    if name == "mmcv-full":
        assert lines[name].endswith(": pip uninstall mmcv-full, before what is below")
        assert '"mmcv-lite>=2.1,<2.2"' in lines["command 2"]


@pytest.mark.parametrize(
    ("ext", "ops", "fault"),
    [
        (
            "raise ImportError('mmcv/_ext.so: undefined symbol: _ZN3c10')",
            "from mmcv import _ext",
            "ImportError: mmcv/_ext.so: undefined symbol: _ZN3c10",
        ),
        (
            "raise OSError('libcudart.so.11.0: cannot open shared object file')",
            "",
            "OSError: libcudart.so.11.0: cannot open shared object file",
        ),
        (
            "nms = 1",
            "assert 0, 'nms_rotated miss in module _ext'",
            "AssertionError: nms_rotated miss in module _ext",
        ),
    ],
    ids=["another PyTorch", "no CUDA", "another mmcv"],
)
def test_compiled_operators_that_do_not_load_are_broken(
    ext: str, ops: str, fault: str, tmp_path: Path
) -> None:
    status, lines = _with_operators(tmp_path, ext=ext, ops=ops)
    assert status == 1
    remark = lines["mmcv"].split(maxsplit=1)[1]
    assert remark.startswith(f"its compiled operators do not load: {fault}; `pip uninstall mmcv")
    assert remark.endswith('pip uninstall mmcv, then pip install --no-deps "mmcv-lite>=2.1,<2.2"')
    repair = lines["mmcv._ext: operators by torchvision where mmcv has none compiled"]
    assert repair.startswith(f"repaired: the compiled operators of mmcv do not load ({fault})") == (
        "raise" in ext
    )


def test_compiled_operators_that_load_are_fine(tmp_path: Path) -> None:
    status, lines = _with_operators(tmp_path, ext="nms = 1", ops="from mmcv import _ext")
    assert status == 0
    assert lines["mmcv"].split(maxsplit=1)[1] == "as tested"
    assert lines["mmcv._ext: operators by torchvision where mmcv has none compiled"] == "not needed"


def _with_operators(packages: Path, *, ext: str, ops: str) -> tuple[int, dict[str, str]]:
    for name, version in (("torch", "2.11.0"), ("mmengine", "0.10.7"), ("mmcv", "2.1.0")):
        _install(packages, name=name, version=version, module=name)
    write_package(packages, files={"mmcv/_ext.py": ext, "mmcv/ops/__init__.py": ops})
    return _report(packages=packages)


def test_what_failed_is_told(tmp_path: Path) -> None:
    """Modules of the OpenMMLab packages that are empty."""
    empty = ("model/weight_init", "config/utils", "utils/package_utils")
    write_package(tmp_path, files={f"mmengine/{name}.py": "" for name in empty})
    for name, version in (("torch", "2.11.0"), ("mmcv", "2.1.0")):
        _install(tmp_path, name=name, version=version, module=name)
    text = "import mmengine.config.utils"
    _install(tmp_path, name="mmengine", version="0.10.7", module="mmengine", text=text)
    status, lines = _report(packages=tmp_path)
    assert status == 0
    assert lines["what hrnet_mm registers is registered"].startswith("failed: ")
    assert lines["configs are found as hrnet_mm::..."].startswith("failed: AttributeError: ")
    told = lines["mmengine: installed packages without pkg_resources"]
    assert told.startswith("failed: AttributeError: ")
    assert "is_installed" in told


def test_tested_versions_are_those_of_the_requirements() -> None:
    files = [ROOT / "requirements" / f"{name}.txt" for name in ("runtime", "openmmlab")]
    text = "\n".join(file.read_text() for file in files)
    pins = dict(re.findall(r"^([\w-]+)==([\d.]+)", text, flags=re.MULTILINE))
    for component in COMPONENTS:
        assert component.tested == pins[component.distributions[0]]
    assert LIBRARIES[0].wanted == f"=={pins['torch']}"


def test_extras_hold_no_toolbox_and_only_what_is_pinned() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    names = {name for extra in extras.values() for name in extra} - {"hrnet_mm[common]"}
    files = (ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt"))
    pinned = "".join(file.read_text() for file in files)
    assert names <= set(re.findall(r"^[\w-]+", pinned, flags=re.MULTILINE))
    assert not names & {name for toolbox in TOOLBOXES for name in toolbox.distributions}


@pytest.mark.slow
def test_this_environment() -> None:
    status, lines = _report(bare=False)
    assert status == 0
    assert all(lines[component.distributions[0]].endswith("as tested") for component in COMPONENTS)
    assert lines["mmcv._ext: operators by torchvision where mmcv has none compiled"] == "repaired"
