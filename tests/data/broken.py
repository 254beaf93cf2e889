"""Shipped configs, broken by an option."""

import copy
from typing import Any

from mmengine.config import Config

from hrnet_mm.data import file_rules
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.rules import CONFIG_RULES
from hrnet_mm.data.run_config import RunConfig
from tests.zoo.configs import load

POSE = "toy/pose_hrnet-w18-small-v1_25e_toy-128x96.py"
SEG = "toy/seg_hrnetv2-w18-small-v1_30e_toy-112x112.py"
DET = "toy/det_faster-rcnn-hrnetv2p-w18-small-v1_8e_toy-192x256.py"
CLS = "toy/cls_hrnet-w18-small-v1_18e_toy-64x64.py"
OCR = "seg/cityscapes/mmseg/ocrnet_hr18s_4xb2-160k_cityscapes-512x1024.py"
IMAGENET = "cls/imagenet/mmpretrain/hrnet-w18_4xb32_in1k.py"

DELETED = object()


def with_options(name: str, options: dict[str, Any]) -> Config:
    """Give a shipped config other values, by dotted key; `DELETED` takes an option out."""
    cfg = copy.deepcopy(load(name))
    for key, value in options.items():
        *parents, last = key.split(".")
        node: Any = cfg
        for parent in parents:
            node = node[int(parent)] if isinstance(node, (list, tuple)) else node[parent]
        if value is DELETED:
            del node[last]
        elif isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value
    return cfg


def findings(cfg: Config, *splits: str) -> list[Finding]:
    """Apply all rules that need the config alone, but those that want the data to be there."""
    run = RunConfig(cfg=cfg, splits=splits or ("train", "val", "test"))
    rules = [rule for rule in CONFIG_RULES if rule not in file_rules.RULES]
    return list(dict.fromkeys(finding for rule in rules for finding in rule(run)))


def check_named(
    name: str, options: dict[str, Any], shown: list[str], *splits: str, is_error: bool = True
) -> None:
    """Check that a broken config has one fault, and that its text has all of ``shown``."""
    assert not findings(load(name), *splits)
    (finding,) = findings(with_options(name, options), *splits)
    assert [text for text in shown if text not in finding.text] == [], finding.text
    assert finding.is_error == is_error
    assert len(finding.text.splitlines()) == 1
