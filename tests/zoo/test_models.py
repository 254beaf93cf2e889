"""Every shipped config's model builds, with the official number of parameters if there is one."""

from typing import Any

import pytest

from hrnet_mm.benchmark.complexity import build_on_meta, folded_biases
from tests.models.stock import count_parameters
from tests.models.test_parameters import OFFICIAL_CLS, OFFICIAL_OCR, OFFICIAL_SEG
from tests.zoo.configs import firsts, load


def described(cfg: Any) -> str:
    return repr((cfg.model, cfg.get("data_preprocessor")))


def official_parameters(cfg: Any) -> int | None:
    heads = cfg.model.get("decode_head") or cfg.model.get("head") or {}
    classes = (heads[-1] if isinstance(heads, list) else heads).get("num_classes")
    key: Any = cfg.model.backbone.get("arch"), classes
    match cfg.model.type:
        case "ImageClassifier":
            return OFFICIAL_CLS[key[0]] if classes == 1000 else None
        case "CascadeEncoderDecoder":
            return OFFICIAL_OCR.get(key)
        case "EncoderDecoder":
            return OFFICIAL_SEG.get(key)
    return None


@pytest.mark.parametrize("name", firsts(described))  # the others' models are the same
def test_model_builds(name: str) -> None:
    cfg = load(name)
    model = build_on_meta(cfg)
    assert type(model.backbone).__name__ == "HRNetBackbone"
    official = official_parameters(cfg)
    if official is not None:
        assert count_parameters(model) + folded_biases(model) == official
