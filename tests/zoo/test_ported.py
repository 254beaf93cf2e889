"""Every HRNet config of the installed toolboxes is ported and computes what the stock one does."""

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.apis.porting import port, write_ported
from hrnet_mm.apis.stock_configs import find_stock_config
from hrnet_mm.data.nodes import each, type_name
from hrnet_mm.errors import UserError
from tests.zoo.ported import (
    assert_same_outputs,
    built,
    firsts_of_kinds,
    hrnet_configs,
    stock_configs,
    types_in,
    without_scopes,
    write_shallow,
)
from tests.zoo.stepping import step

OTHER_NETWORKS = {"HRFormer", "LiteHRNet"}
OWN_PARTS = ("model", "custom_imports")


def each_of(names: list[str]) -> pytest.MarkDecorator:
    """Run a test for each name; pytest replaces a long one by a number if it is not given as id."""
    return pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in names])


def ported_and_stock(stock: str, folder: Path) -> tuple[Any, Any]:
    """Port a config, and read both."""
    write_ported(stock, folder / "ported.py")
    return Config.fromfile(folder / "ported.py"), Config.fromfile(find_stock_config(stock))


@each_of(firsts_of_kinds())
def test_each_kind_computes_the_same(name: str, tmp_path: Path) -> None:
    write_shallow(name, tmp_path / "shallow.py")
    models = [built(cfg) for cfg in ported_and_stock(str(tmp_path / "shallow.py"), tmp_path)]
    assert_same_outputs(*models)
    for model in models:
        torch.manual_seed(0)
        model.backbone.init_weights()
    first, second = (model.backbone.state_dict() for model in models)
    assert all(torch.equal(weight, second[name]) for name, weight in first.items())


@pytest.mark.zoo
@each_of(hrnet_configs())
def test_each_stock_config(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    backbone = type_name(Config.fromfile(find_stock_config(name)).model.backbone)
    if backbone in OTHER_NETWORKS:
        with pytest.raises(UserError, match=backbone) as error:
            port(name)
        record_property("reason", str(error.value).partition(": ")[2])
        return
    ours, stock = ported_and_stock(name, tmp_path)
    for key in (ours.keys() | stock.keys()) - set(OWN_PARTS):
        assert without_scopes(ours.get(key)) == without_scopes(stock.get(key)), key
    assert_same_outputs(built(ours), built(stock))
    published = port(name).published
    record_property("arch", ours.model.backbone.arch)
    record_property("weights", published and published.weights)


@pytest.mark.zoo
@each_of(
    [
        "mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py",
        "mmdet::hrnet/faster-rcnn_hrnetv2p-w18-1x_coco.py",
        "mmseg::hrnet/fcn_hr18_4xb2-40k_cityscapes-512x1024.py",
        "mmpretrain::hrnet/hrnet-w18_4xb32_in1k.py",
    ]
)
def test_one_of_each_toolbox_trains_a_step(
    name: str, tmp_path: Path, fake_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fake_data)
    ported, _ = ported_and_stock(name, tmp_path)
    assert step(ported, work_dir=tmp_path)


@pytest.mark.zoo
def test_each_signature_is_that_of_a_kind() -> None:
    hrnets = [n for n in hrnet_configs() if not types_in(n) & OTHER_NETWORKS]
    assert {signature(name) for name in hrnets} == {signature(name) for name in firsts_of_kinds()}


def signature(name: str) -> Any:
    """Describe backbone, necks and heads of a ported config, but for widths and loaded weights."""
    model = Config.fromfile(find_stock_config(name)).model
    backbone = dict(port(name).model["backbone"], arch=None, init_cfg=None)
    parts = [each(node, key) for key, node in model.items() if re.search("neck|head", key)]
    return model.type, repr(backbone), tuple(type_name(part) for _, part in chain(*parts))


@pytest.mark.zoo
def test_no_stock_config_is_overlooked() -> None:
    others = set(stock_configs()) - set(hrnet_configs())
    found = {name for name in others if types_in(name) & {"HRNet", "HRFPN", "HRFuseScales"}}
    assert not found
