"""mmpretrain and mmdet import beside a current transformers."""

from pathlib import Path

import pytest

from tests.isolated import error_of, output_of, write_package

NEEDED = (
    "GenerationMixin",
    "apply_chunking_to_forward",
    "find_pruneable_heads_and_indices",
    "prune_linear_layer",
)

# Stands for any name that mmpretrain imports from elsewhere in transformers.
ANY_NAME = """
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {"from_pretrained": None, "from_config": None})
"""
# mmpretrain registers a model of transformers as soon as it is imported.
AUTO_MODEL = "\nfrom transformers.models.auto.auto_factory import Base as AutoModelForCausalLM"
AUTO_FACTORY = "class Base: from_config = None\n_BaseAutoModelClass = Base"


def _modeling_utils(*names: str) -> str:
    return "\n".join(f"class {name}: pass" for name in ("PreTrainedModel", *names))


def _write_transformers(folder: Path, *, modeling_utils: str) -> None:
    files = {
        "__init__": ANY_NAME + AUTO_MODEL,
        "activations": ANY_NAME,
        "modeling_outputs": ANY_NAME,
        "modeling_utils": modeling_utils,
        "models/auto/auto_factory": AUTO_FACTORY,
    }
    files = {f"transformers/{module}.py": text for module, text in files.items()}
    write_package(folder, files=files, version="4.57.6")


def _multimodal_after_repair(folder: Path, *, installed: bool = True) -> str:
    dependency = f"WITH_MULTIMODAL = {installed}"
    write_package(folder, files={"mmpretrain/utils/dependency.py": dependency})
    code = (
        "import hrnet_mm; from mmpretrain.utils import dependency; "
        "from hrnet_mm.post_import import outcomes; "
        "print(*outcomes.values(), dependency.WITH_MULTIMODAL)"
    )
    return output_of(code, packages=folder, bare=True)


@pytest.mark.parametrize("missing", NEEDED)
def test_off_where_a_name_is_gone(missing: str, tmp_path: Path) -> None:
    left = [name for name in NEEDED if name != missing]
    _write_transformers(tmp_path, modeling_utils=_modeling_utils(*left))
    assert _multimodal_after_repair(tmp_path) == "repaired False"


def test_off_where_transformers_does_not_import(tmp_path: Path) -> None:
    _write_transformers(tmp_path, modeling_utils="raise RuntimeError('torch is too old')")
    assert _multimodal_after_repair(tmp_path) == "repaired False"


def test_stands_aside_where_transformers_fits(tmp_path: Path) -> None:
    _write_transformers(tmp_path, modeling_utils=_modeling_utils(*NEEDED))
    assert _multimodal_after_repair(tmp_path) == "not needed True"


def test_stands_aside_without_transformers(tmp_path: Path) -> None:
    assert _multimodal_after_repair(tmp_path, installed=False) == "not needed False"


@pytest.mark.slow
@pytest.mark.parametrize("module", ["mmpretrain.models", "mmdet.models"])
def test_toolboxes_import_beside_a_current_transformers(module: str, tmp_path: Path) -> None:
    _write_transformers(tmp_path, modeling_utils=_modeling_utils())
    unrepaired = (
        "from hrnet_mm.compat import transformers; "
        "from hrnet_mm.post_import import outcomes; "
        f"outcomes[transformers.REPAIR.title] = 'left out'; import {module}"
    )
    output_of(f"import hrnet_mm, {module}", packages=tmp_path)
    assert "NoneType takes no arguments" in error_of(unrepaired, packages=tmp_path)
