"""Stock configs are ported by the table of the README; tests/zoo/test_ported.py ports them all."""

import re
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.apis.config_text import assignment
from hrnet_mm.apis.porting import BACKBONE_DEFAULTS, port, write_ported
from hrnet_mm.apis.stock_configs import find_stock_config
from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import ARCHS, HRNetArch
from hrnet_mm.models.hrnet import HRNetBackbone
from tests.conftest import REPOSITORY
from tests.models.stock import TOOLBOXES
from tests.zoo.ported import without_scopes

POSE = (
    "mmpose::animal_2d_keypoint/topdown_heatmap/ap10k/td-hm_hrnet-w32_8xb64-210e_ap10k-256x256.py"
)
FCOS = "mmdet::hrnet/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py"
W18 = extra_of(ARCHS["w18"])
V1 = dict(out_indices=(0,))
W_PTH = dict(type="Pretrained", checkpoint="w.pth")
NEW_STYLE = """
from mmengine.config import read_base

with read_base():
    from .base import *
"""


def write_config(path: Path, *, toolbox: str = "mmdet", **model: Any) -> str:
    """Write a config with a model and nothing else."""
    path.write_text(f'default_scope = "{toolbox}"\n{assignment("model", model)}\n')
    return str(path)


def test_a_ported_config_changes_the_model_alone(tmp_path: Path) -> None:
    stock = Config.fromfile(find_stock_config(FCOS))
    write_ported(FCOS, tmp_path / "ported.py")
    ported = Config.fromfile(tmp_path / "ported.py")
    assert ported.pop("custom_imports").imports == ["hrnet_mm"]
    backbone, neck = ported.model.pop("backbone"), ported.model.pop("neck")
    assert backbone == dict(
        type="HRNetBackbone", arch="w18", norm_eval=True, init_cfg=stock.model.backbone.init_cfg
    )
    assert neck == dict(type="HRNetV2p", in_channels=[18, 36, 72, 144], stride=2)
    del stock.model["backbone"], stock.model["neck"]
    assert without_scopes(ported.to_dict()) == without_scopes(stock.to_dict())


@pytest.mark.parametrize(
    ("toolbox", "model", "backbone"),
    [
        ("mmpose", {}, dict(V1, init_cfg=BACKBONE_DEFAULTS["mmpose"]["init_cfg"])),
        ("mmseg", dict(pretrained="w.pth"), dict(upsample="bilinear", init_cfg=W_PTH)),
        ("mmdet", dict(backbone=dict(norm_eval=False, with_cp=True)), dict(with_cp=True)),
        ("mmdet", dict(backbone=dict(pretrained="w.pth")), dict(norm_eval=True, init_cfg=W_PTH)),
        ("mmdet", dict(backbone=dict(type="mmpretrain.HRNet", multiscale_output=False)), V1),
        ("mmpretrain", {}, {}),
    ],
)
def test_the_backbone_follows_the_table(
    toolbox: str, model: dict[str, Any], backbone: dict[str, Any], tmp_path: Path
) -> None:
    stock = model | dict(backbone=dict(type="HRNet", extra=W18) | model.get("backbone", {}))
    ported = port(write_config(tmp_path / "stock.py", toolbox=toolbox, **stock))
    assert ported.model["backbone"] == dict(
        _delete_=True, type="HRNetBackbone", arch="w18", **backbone
    )
    assert ("pretrained" in ported.model) == ("pretrained" in model)
    assert ported.model.get("pretrained") is None


def test_mmpose_says_in_extra_what_is_returned_and_how_it_is_upsampled(tmp_path: Path) -> None:
    extra = {**W18, "stage4": {**W18["stage4"], "multiscale_output": True}}
    extra["upsample"] = dict(mode="bilinear", align_corners=True)
    backbone = dict(type="HRNet", extra=extra, init_cfg=dict(type="Kaiming"))
    ported = port(write_config(tmp_path / "stock.py", toolbox="mmpose", backbone=backbone))
    assert "out_indices" not in ported.model["backbone"]
    assert ported.model["backbone"]["upsample"] == "bilinear"
    assert ported.model["backbone"]["align_corners"] is True


def test_an_unnamed_architecture_stays_a_dict(tmp_path: Path) -> None:
    extra = extra_of(HRNetArch.of_width(20))
    ported = port(write_config(tmp_path / "stock.py", backbone=dict(type="HRNet", extra=extra)))
    assert ported.model["backbone"]["arch"] == extra


def test_the_defaults_are_those_of_the_toolboxes() -> None:
    ours = {name: p.default for name, p in signature(HRNetBackbone).parameters.items()}
    for toolbox in TOOLBOXES:
        theirs = signature(import_module(f"{toolbox}.models.backbones").HRNet).parameters
        shared = theirs.keys() & ours.keys() - {"norm_cfg", "init_cfg"}
        defaults = {name: theirs[name].default for name in shared}
        differ = {name: value for name, value in defaults.items() if value != ours[name]}
        expected = BACKBONE_DEFAULTS[toolbox]
        assert differ == {k: v for k, v in expected.items() if k in shared}, toolbox
    init_cfg = signature(import_module("mmpose.models").HRNet).parameters["init_cfg"].default
    assert BACKBONE_DEFAULTS["mmpose"]["init_cfg"] == init_cfg


def test_a_config_that_is_no_toolboxs_is_inherited_by_its_path(tmp_path: Path) -> None:
    stock = write_config(tmp_path / "stock.py", backbone=dict(type="HRNet", extra=W18))
    with open(stock, "a") as file:
        file.write('custom_imports = dict(imports=["json"], allow_failed_imports=False)\n')
    write_ported(stock, tmp_path / "a/b/ported.py")
    assert '_base_ = "../../stock.py"\n' in (tmp_path / "a/b/ported.py").read_text()
    ported = Config.fromfile(tmp_path / "a/b/ported.py")
    assert ported.model.backbone.type == "HRNetBackbone"
    assert ported.custom_imports.imports == ["json", "hrnet_mm"]


def test_the_page_shows_what_the_tool_writes() -> None:
    page = (REPOSITORY / "docs/configs.md").read_text()
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", page, re.DOTALL)
    target, text = next(block for block in blocks if "HRNetBackbone" in block[1])
    assert f"python tools/port_config.py \\\n    {POSE} \\\n    {target}\n" in page
    assert port(POSE).text(Path(target)) == text


HRNET = dict(type="HRNet", extra=W18)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (dict(backbone=dict(type="ResNet")), r"stock\.py: model.backbone is ResNet, not HRNet"),
        (dict(type="Wrapper"), "model.backbone is missing"),
        (dict(detector=dict(backbone=HRNET)), "HRNet is model.detector.backbone; only"),
        (dict(backbone=HRNET, teacher=HRNET), "HRNet is model.backbone, model.teacher; only"),
        (dict(backbone=HRNET | dict(depth=50)), "depth=50: HRNetBackbone has no such argument"),
        (dict(backbone=dict(type="HRNet")), r"extra=\{\}: give a dict; missing keys"),
        (dict(backbone=dict(type="mmyolo.HRNet")), "the HRNet is of mmyolo, .* none of mmpose"),
        (dict(backbone=HRNET, neck=dict(type="HRFPN", levels=5)), "levels=5: HRNetV2p has no"),
    ],
)
def test_what_cannot_be_ported_is_said(model: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        port(write_config(tmp_path / "stock.py", **model))


def test_a_config_in_the_new_style_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.py"
    path.write_text(NEW_STYLE)
    write_config(tmp_path / "base.py", backbone=HRNET)
    with pytest.raises(UserError, match=r"stock\.py is in mmengine's new style"):
        port(str(path))


@pytest.mark.parametrize("name", ["ported.yml", "stock.py"])
def test_the_file_to_write_is_another_python_file(name: str, tmp_path: Path) -> None:
    stock = write_config(tmp_path / "stock.py", backbone=HRNET)
    with pytest.raises(UserError, match=rf"{name}: give another file"):
        write_ported(stock, tmp_path / name)
    assert "HRNetBackbone" not in Path(stock).read_text()
