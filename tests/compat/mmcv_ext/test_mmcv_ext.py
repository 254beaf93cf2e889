"""The stand-in for mmcv's compiled operators: where it serves, and what it refuses."""

import importlib
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import mmcv
import pytest
from mmcv.utils.ext_loader import check_ops_exist
from mmengine.utils.dl_utils import mmcv_full_available

from hrnet_mm.compat.mmcv_ext import REPAIR  # mmcv.ops imports only after it
from tests.isolated import error_of, output_of, run_python, write_package

# isort: split
from mmcv import ops

SHOW = "import mmcv; from hrnet_mm.post_import import outcomes; print(*outcomes.values()); "


def test_stock_mmcv_lite_has_no_operators() -> None:
    assert error_of("import mmcv.ops") == "ModuleNotFoundError: No module named 'mmcv._ext'"


def test_an_mmcv_that_is_loaded_already_is_repaired() -> None:
    output_of("import mmcv, hrnet_mm, mmcv.ops; from mmcv import _ext")


def test_stands_aside_where_operators_are_compiled(tmp_path: Path) -> None:
    write_package(tmp_path, files={"mmcv/_ext.py": "nms = 'compiled'"})
    code = "import hrnet_mm; " + SHOW + "from mmcv import _ext; print(_ext.nms)"
    assert output_of(code, packages=tmp_path, bare=True).split("\n") == ["not needed", "compiled"]


UNDEFINED = "mmcv/_ext.so: undefined symbol: _ZN3c1021throwNullDataPtrErrorEv"
BROKEN = {
    "another PyTorch": f"raise ImportError('{UNDEFINED}')",
    "no CUDA": "raise OSError('libcudart.so.11.0: cannot open shared object file')",
    "its own start": "raise RuntimeError('generic_type: already registered')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_serves_where_compiled_operators_do_not_load(kind: str, tmp_path: Path) -> None:
    write_package(tmp_path, files={"mmcv/_ext.py": BROKEN[kind]})
    error = BROKEN[kind].removeprefix("raise ").replace("('", ": ").removesuffix("')")
    outcome, *others = _outcome_and_warnings(tmp_path)
    assert outcome.startswith(f"repaired: the compiled operators of mmcv do not load ({error})")
    assert "pip uninstall mmcv" in outcome
    remark = outcome.removeprefix("repaired: ")
    assert others == [f"hrnet_mm: {REPAIR.title}: {remark}"]


def test_broken_operators_are_replaced_where_warnings_are_errors(tmp_path: Path) -> None:
    write_package(tmp_path, files={"mmcv/_ext.py": BROKEN["another PyTorch"]})
    code = "import hrnet_mm; " + SHOW + "from mmcv import _ext; print(type(_ext).__name__)"
    done = run_python("-W", "error", "-c", code, packages=tmp_path, bare=True)
    outcome, name = done.stdout.splitlines()
    assert outcome.startswith("repaired: the compiled operators of mmcv do not load")
    assert name == "_StandIn"
    assert UNDEFINED in done.stderr


def test_serves_where_the_file_is_no_library(tmp_path: Path) -> None:
    write_package(tmp_path, files={"mmcv/__init__.py": ""})
    (tmp_path / f"mmcv/_ext{EXTENSION_SUFFIXES[0]}").write_bytes(b"no library")
    assert _outcome_and_warnings(tmp_path)[0].startswith(
        "repaired: the compiled operators of mmcv do not load (ImportError: "
    )


def _outcome_and_warnings(packages: Path) -> list[str]:
    code = """
import warnings
import hrnet_mm
from hrnet_mm.post_import import outcomes
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import mmcv
    from mmcv import _ext
assert type(_ext).__name__ == "_StandIn"
print(*outcomes.values(), *(warning.message for warning in caught), sep="\\n")
"""
    return output_of(code, packages=packages, bare=True).splitlines()


@pytest.mark.slow
def test_the_real_mmcv_works_beside_operators_that_do_not_load(tmp_path: Path) -> None:
    (tmp_path / "mmcv").mkdir()
    for entry in Path(mmcv.__path__[0]).iterdir():
        (tmp_path / "mmcv" / entry.name).symlink_to(entry)
    (tmp_path / "mmcv/_ext.py").write_text(BROKEN["another PyTorch"])
    code = (
        "import hrnet_mm, torch, mmcv.ops\n"
        "box = torch.tensor([[0., 0, 4, 4]])\n"
        "print(mmcv.__path__[0], len(mmcv.ops.nms(box, torch.ones(1), 0.5)[0]))"
    )
    assert output_of(code, packages=tmp_path) == f"{tmp_path / 'mmcv'} 1"


def test_costs_nothing_until_an_operator_is_asked_for(tmp_path: Path) -> None:
    write_package(tmp_path, files={"mmcv/__init__.py": ""})
    code = "import hrnet_mm; " + SHOW + "import sys; print('mmcv._ext' in sys.modules)"
    assert output_of(code, packages=tmp_path, bare=True).split("\n") == ["repaired", "True"]


def test_any_other_operator_says_its_name_and_how_to_get_it() -> None:
    _ext = importlib.import_module("mmcv._ext")
    with pytest.raises(
        NotImplementedError, match=r"nms_rotated is not.*pip install.*mmcv==2\.1\.0"
    ):
        _ext.nms_rotated(1, scores=2)
    with pytest.raises(AttributeError, match="__path__"):
        _ = _ext.__path__


def test_mmengine_and_mmcv_find_operators() -> None:
    """Else mmengine ignores ``dcn_offset_lr_mult`` without a word."""
    assert mmcv_full_available()
    assert check_ops_exist()
    assert "hrnet_mm" in ops.get_compiler_version()
    assert "hrnet_mm" in ops.get_compiling_cuda_version()


@pytest.mark.slow
def test_all_toolboxes_import() -> None:
    modules = (
        "mmdet.models, mmpose.models, mmpose.apis, mmseg.models, mmseg.apis, mmpretrain.models"
    )
    output_of(f"import hrnet_mm; import {modules}")
    for module in ("mmdet.models", "mmseg.models"):
        assert "No module named 'mmcv._ext'" in error_of(f"import {module}")
