"""The names that configs use, from every toolbox and in every order of imports."""

import subprocess
import sys

import pytest

BUILD = """
from mmengine.registry import MODELS, HOOKS
for name in ("HRNetBackbone", "hrnet_mm.HRNetBackbone"):
    print(MODELS.build(dict(type=name, arch="w18_small_v1")).out_channels)
"""
IMPORTS = [
    "import hrnet_mm",
    "import hrnet_mm, mmcv",
    "import hrnet_mm, mmcv.cnn",
    "import hrnet_mm, mmengine.runner",
    "import hrnet_mm, mmengine.hooks",
    "import mmengine.model, hrnet_mm",
    "import mmcv.cnn, hrnet_mm",
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
    assert run(imports + "\n" + BUILD)[-2:] == ["(16, 32, 64, 128)"] * 2


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
