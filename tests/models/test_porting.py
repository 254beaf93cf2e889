"""What to change in a stock config to use HRNetBackbone: the table of the README, row by row."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope

from tests.models.stock import TOOLBOXES, randomise


@dataclass(frozen=True, kw_only=True)
class Port:
    """A shipped config and what its backbone needs besides the other type."""

    config: str
    backbone: dict[str, Any]
    model: dict[str, Any]


PORTS = {
    "mmpose": Port(
        config="body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py",
        backbone=dict(out_indices=(0,)),
        model={},
    ),
    "mmseg": Port(
        config="hrnet/fcn_hr18_4xb2-40k_cityscapes-512x1024.py",
        backbone=dict(upsample="bilinear"),
        model=dict(pretrained=None),
    ),
    "mmdet": Port(
        config="hrnet/faster-rcnn_hrnetv2p-w18-1x_coco.py",
        backbone=dict(norm_eval=True),
        model={},
    ),
    "mmpretrain": Port(config="hrnet/hrnet-w18_4xb32_in1k.py", backbone={}, model={}),
}


def shipped_model(toolbox: str) -> dict[str, Any]:
    folder = Path(import_module(toolbox).__file__ or "").parent / ".mim" / "configs"
    model = Config.fromfile(folder / PORTS[toolbox].config).model.to_dict()
    model["backbone"].pop("init_cfg", None)  # weights that would be downloaded
    return ConfigDict(model | PORTS[toolbox].model)


@pytest.mark.parametrize("toolbox", TOOLBOXES)
def test_ported_config_computes_the_same(toolbox: str) -> None:
    init_default_scope(toolbox)
    models = import_module(f"{toolbox}.registry").MODELS
    config = shipped_model(toolbox)
    stock = models.build(config)
    backbone = config["backbone"]
    extra = {"arch": backbone.pop("extra")} if "extra" in backbone else {}
    config["backbone"] = dict(backbone, **extra, **PORTS[toolbox].backbone, type="HRNetBackbone")
    config["backbone"].pop("num_stages", None)
    ours = models.build(config)

    assert list(ours.state_dict()) == list(stock.state_dict())
    randomise(stock)
    ours.load_state_dict(stock.state_dict(), strict=True)
    image = torch.randn(1, 3, 64, 96)
    for mode in (False, True):
        features = [model.train(mode).extract_feat(image) for model in (ours, stock)]
        torch.testing.assert_close(list(features[0]), list(features[1]), rtol=0, atol=0)
