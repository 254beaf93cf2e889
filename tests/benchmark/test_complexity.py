"""The size that a config's cost is counted at; what is counted is tested where it is published."""

from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.benchmark.complexity import config_input_size
from tests.zoo.configs import load


def test_inputs_are_what_configs_test_at() -> None:
    sizes = {
        "pose/coco/mmpose/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py": (192, 256),
        "det/coco/official/faster-rcnn_hrnetv2p-w18_4xb2-1x_coco.py": (1216, 800),
        "seg/camvid/ours/fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320.py": (320, 256),
    }
    for name, size in sizes.items():
        assert config_input_size(load(name)) == size


def test_an_input_size_that_is_not_told_is_asked_for() -> None:
    cfg: Any = Config(dict(default_scope="mmdet", test_dataloader=dict(dataset=dict(pipeline=[]))))
    with pytest.raises(ValueError, match="--shape"):
        config_input_size(cfg)
