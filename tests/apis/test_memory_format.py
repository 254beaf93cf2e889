"""The memory format of a backbone, chosen by the device."""

from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.errors import UserError
from hrnet_mm.models import HRNetBackbone


def _formats(choice: str, **options: Any) -> list[Any]:
    backbones: list[Any] = [
        dict(type="HRNetBackbone"),
        dict(type="hrnet_mm.HRNetBackbone", memory_format="channels_last"),
        dict(type=HRNetBackbone),
    ]
    nested = dict(type="SegTTAModel", module=dict(backbone=backbones[0]))
    others = [dict(type="mmdet.ResNet"), *backbones[1:]]
    cfg = Config(dict(model=dict(nested, others=others)))
    set_memory_format(cfg, choice, **options)
    assert "memory_format" not in cfg.model.others[0]
    return [b.get("memory_format") for b in (cfg.model.module.backbone, *cfg.model.others[1:])]


@pytest.mark.parametrize(
    ("device", "half", "expected"),
    [
        ("cpu", False, "channels_last"),
        ("cpu", True, "channels_last"),
        ("cuda:0", False, None),
        ("cuda", True, "channels_last"),
        ("mps", True, None),
    ],
)
def test_auto_is_what_is_faster_unless_the_config_says(
    device: str, half: bool, expected: str | None
) -> None:
    formats = _formats("auto", device=device, half=half)
    assert formats == [expected, "channels_last", expected]


@pytest.mark.parametrize(
    ("choice", "expected"), [("channels_last", "channels_last"), ("contiguous", None)]
)
def test_a_choice_holds_everywhere(choice: str, expected: str | None) -> None:
    for device in ("cpu", "cuda"):
        assert _formats(choice, device=device) == [expected] * 3


def test_another_format_is_refused() -> None:
    with pytest.raises(UserError, match="memory format 'nhwc': choose from auto, channels_last, "):
        _formats("nhwc", device="cpu")
