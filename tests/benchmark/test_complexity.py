"""Counted parameters are the official ones, at the size that a config tests at."""

from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.benchmark.complexity import config_input_size, measure_complexity
from tests.models.test_parameters import OFFICIAL_CLS, OFFICIAL_OCR, OFFICIAL_SEG
from tests.zoo.configs import leaves, load


def official_params() -> dict[str, int]:
    seg = {(arch, classes, "EncoderDecoder"): n for (arch, classes), n in OFFICIAL_SEG.items()}
    ocr = {
        (arch, classes, "CascadeEncoderDecoder"): n for (arch, classes), n in OFFICIAL_OCR.items()
    }
    cls = {(arch, 1000, "ImageClassifier"): n for arch, n in OFFICIAL_CLS.items()}
    exact: dict[Any, int] = seg | ocr | cls
    found: dict[str, int] = {}
    for name in leaves():
        model = load(name).model
        heads = model.get("decode_head") or model.get("head") or {}
        head = heads[-1] if isinstance(heads, list) else heads
        key = (model.backbone.get("arch"), head.get("num_classes"), model.type)
        if key in exact:
            found[name] = exact[key]
    return found


@pytest.mark.parametrize(("name", "params"), official_params().items())
def test_parameters_are_the_official_ones_but_for_the_stated_biases(name: str, params: int) -> None:
    counted = measure_complexity(load(name), input_size=(64, 64))
    assert counted.params + counted.folded_biases == params


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
