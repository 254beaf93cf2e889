"""The names that configs use, from every toolbox and in every order of imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.isolated import output_of, write_package

BUILD = """
from mmengine.registry import HOOKS, MODELS, TRANSFORMS
for name in ("HRNetBackbone", "hrnet_mm.HRNetBackbone"):
    print(MODELS.build(dict(type=name, arch="w18_small_v1")).out_channels)
print([HOOKS.get(name) is not None for name in ("SeedHook", "DivergenceHook")])
print([TRANSFORMS.get(f"{kind}BBoxTransform") is not None for kind in ("Clipped", "Uniform")])
"""
IMPORTS = [
    "import hrnet_mm",
    "import hrnet_mm, mmcv",
    "import hrnet_mm, mmcv.cnn",
    "import hrnet_mm, mmengine.runner",
    "import hrnet_mm, mmengine.hooks",
    "import mmengine.model, hrnet_mm",
    "import mmcv.cnn, hrnet_mm",
    "import sys; sys.modules['pycocotools'] = None; import hrnet_mm",  # a task may need none
]


def run(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("imports", IMPORTS)
def test_is_registered_whatever_is_imported_first(imports: str) -> None:
    expected = ["(16, 32, 64, 128)"] * 2 + ["[True, True]"] * 2
    assert run(imports + "\n" + BUILD)[-4:] == expected


BROKEN: dict[str, dict[str, str]] = {
    "mmcv": {"mmcv/__init__.py": "raise ImportError('mmcv is broken')"},
    "mmcv that is too new": {"mmcv/__init__.py": "raise AssertionError('MMCV==9')"},
    "torch": {"mmcv/__init__.py": ""},  # there is none
    "the registry": {"mmcv/__init__.py": "", "mmengine/registry.py": "", "torch/__init__.py": ""},
}
REGISTER = """
import sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import hrnet_mm, mmengine.model, mmengine.config.utils
    import mmengine.model.other
from hrnet_mm.post_import import outcomes
texts = [str(warning.message) for warning in caught]
for title in ("what hrnet_mm registers is registered", "configs are found as hrnet_mm::..."):
    print(outcomes[title])
    assert texts.count(f"hrnet_mm: {title}: {outcomes[title]}") == 1, texts
"""


@pytest.mark.parametrize("broken", BROKEN)
def test_a_registration_that_fails_stops_no_import(broken: str, tmp_path: Path) -> None:
    files = {"mmengine/model/other.py": "", "mmengine/config/utils.py": ""}
    write_package(tmp_path, files=files | BROKEN[broken])
    output = output_of(REGISTER, packages=tmp_path, bare=True).splitlines()
    assert len(output) == 2
    assert all(line.startswith("failed: ") for line in output)


def test_a_package_without_spec_stops_no_import(tmp_path: Path) -> None:
    """As a test double of mmcv has."""
    write_package(tmp_path, files={"mmengine/model.py": ""})
    code = (
        "import sys, types; sys.modules['mmcv'] = types.ModuleType('mmcv')\n"
        "import hrnet_mm, mmengine.model\n"
        "from hrnet_mm.post_import import outcomes\n"
        "print(outcomes['what hrnet_mm registers is registered'])"
    )
    output = output_of(code, packages=tmp_path, bare=True)
    assert output == "failed: ValueError: mmcv.__spec__ is None"


CODEC = """
from mmpose.registry import KEYPOINT_CODECS
for name in ("hrnet_mm.FlooredHeatmap", "FlooredHeatmap"):
    print(KEYPOINT_CODECS.get(name).__module__)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports",
    ["import hrnet_mm", "import hrnet_mm, mmpose.codecs", "import mmpose.codecs, hrnet_mm", ""],
)
def test_the_codec_is_registered_whatever_is_imported_first(imports: str) -> None:
    assert run(imports + "\n" + CODEC) == ["hrnet_mm.codecs"] * 2


def test_import_is_cheap_and_silent() -> None:
    heavy = "{'torch', 'mmengine', 'mmcv', 'mmpose', 'mmdet', 'mmseg', 'mmpretrain'}"
    output = run(f"import sys, hrnet_mm\nprint(sorted({heavy} & sys.modules.keys()))")
    assert output == ["[]"]


@pytest.mark.parametrize("toolbox", ["mmpose", "mmdet", "mmseg", "mmpretrain"])
@pytest.mark.parametrize("prefix", ["", "hrnet_mm."])
def test_every_toolbox_builds_it(toolbox: str, prefix: str) -> None:
    from importlib import import_module

    models = import_module(f"{toolbox}.registry").MODELS
    backbone = models.build(dict(type=f"{prefix}HRNetBackbone", arch="w18_small_v1"))
    assert type(backbone).__module__ == "hrnet_mm.models.hrnet"


def test_the_toolboxes_keep_their_own() -> None:
    from mmengine.registry import MODELS
    from mmpose.registry import MODELS as POSE

    assert MODELS.get("HRNet") is None
    assert MODELS.get("HRFPN") is None
    assert POSE.get("HRNet").__module__ == "mmpose.models.backbones.hrnet"


LOADED = """
import sys
from mmengine.config import Config
Config.fromfile("configs/pose/coco/official/td-hm_hrnet-w32_4xb32-210e_coco-256x192.py")
import mmengine.runner
ours = [module for name, module in sys.modules.items() if name.split(".")[0] == "hrnet_mm"]
assert any(module.__name__ == "hrnet_mm.hooks.consistency" for module in ours)
named = {getattr(value, "__module__", None) or getattr(value, "__name__", "")
         for module in ours for value in vars(module).values()}
print(*{name.split(".")[0] for name in (*sys.modules, *named) if name.split(".")[0] != "rich"})
print(*{name.split(".")[0] for name in named})
"""


def test_a_config_imports_neither_the_demo_nor_what_only_tools_need() -> None:
    """The toolboxes' own dependencies aside: mmengine imports rich, but nothing here does."""
    loaded, named = run(LOADED)[-2:]
    assert not {"demo", "matplotlib", "pycocotools", "yaml"} & set(named.split())
    assert not {"demo", "pycocotools"} & set(loaded.split())
    assert "rich" not in named.split()
