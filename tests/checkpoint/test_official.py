"""Official files, made of random weights, compute what the official formulas say."""

from typing import Any

import pytest
import torch
from torch import nn

from hrnet_mm.checkpoint.convert import to_canonical
from hrnet_mm.checkpoint.loading import fit
from hrnet_mm.checkpoint.recognise import find_weights, recognise
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import (
    ARCH,
    assert_close,
    assert_same_weights,
    build,
    model_config,
    outputs_of,
)
from tests.checkpoint.official import OFFICIAL, WHOLE, official_file

OUTPUTS = 11
ALIGNED = [(task, False) for task in WHOLE] + [("seg", True), ("ocr", True)]
LAYOUTS = {
    "pose": "official pose",
    "cls": "official classification, timm",
    "seg": "official segmentation",
    "ocr": "official OCR",
    "face": "official landmarks",
    "det": "official detection",
    "higher": "official HigherHRNet",
}


@pytest.mark.parametrize(("task", "align_corners"), ALIGNED)
def test_whole_model_computes_the_official_formula(task: str, align_corners: bool) -> None:
    weights, reference = official_file(
        OFFICIAL[task], arch=ARCH, outputs=OUTPUTS, align_corners=align_corners
    )
    model = build(task, model_config(task, outputs=OUTPUTS, align_corners=align_corners))
    fitted, report = fit(model, weights)
    model.load_state_dict(fitted, strict=True)
    assert not any(
        report.outcomes[outcome] for outcome in ("dropped", "missing", "unexpected", "mismatch")
    )
    for size in ((64, 96), (97, 65)):
        image = torch.randn(2, 3, *size)
        with torch.no_grad():
            expected = OFFICIAL[task].compute(weights, reference(image), align_corners)
        assert_close(outputs_of(task, model, image), expected)


@pytest.mark.parametrize("task", OFFICIAL)
def test_backbone_takes_its_weights(task: str) -> None:
    kind = OFFICIAL[task]
    weights, reference = official_file(kind, arch=ARCH, outputs=OUTPUTS)
    found = recognise(weights)
    assert (found.layout.name, found.arch_name) == (LAYOUTS[task], ARCH)
    assert found.out_indices == kind.out_indices
    backbone = HRNetBackbone(ARCH, out_indices=kind.out_indices)
    fitted, report = fit(backbone, weights)
    assert_same_weights(fitted, reference.state_dict())
    backbone.load_state_dict(fitted, strict=True)
    assert not report.outcomes["missing"]


def test_rows_that_are_not_used_are_dropped_and_listed() -> None:
    weights, reference = official_file(OFFICIAL["cls"], arch=ARCH, outputs=OUTPUTS)
    backbone = HRNetBackbone(ARCH, out_indices=(0,))
    fitted, report = fit(backbone, weights)
    backbone.load_state_dict(fitted, strict=True)
    rows = [name for name in report.outcomes["dropped"] if ".fuse_layers." in name]
    assert len(rows) == len(reference.state_dict()) - len(backbone.state_dict())
    assert all(name.startswith("backbone.stage4.0.fuse_layers.") for name in rows)


def test_detection_heads_count_the_background_last() -> None:
    """In mmdet 0.x class 0 is the background, in 2.x and later the last class is."""
    weights, _ = official_file(OFFICIAL["det"], arch=ARCH, outputs=OUTPUTS)
    model: Any = build("det", model_config("det", outputs=OUTPUTS))
    fitted, _ = fit(model, weights)
    model.load_state_dict(fitted, strict=True)
    head = model.roi_head.bbox_head
    features = torch.randn(3, 256, 7, 7)
    x = features.flatten(1)
    for name in ("shared_fcs.0", "shared_fcs.1"):
        x = nn.functional.linear(
            x, weights[f"bbox_head.{name}.weight"], weights[f"bbox_head.{name}.bias"]
        ).relu()
    scores, boxes = (
        nn.functional.linear(x, weights[f"bbox_head.{n}.weight"], weights[f"bbox_head.{n}.bias"])
        for n in ("fc_cls", "fc_reg")
    )
    with torch.no_grad():
        ours = head(features)
    order = [*range(1, OUTPUTS + 1), 0]
    assert_close(ours, [scores[:, order], boxes[:, 4:]])


def test_inplace_abn_scales_become_plain() -> None:
    """The official code of PyTorch 0.4 norms with |w| + 1e-5, and has no counters."""
    weights, reference = official_file(OFFICIAL["seg"], arch=ARCH, outputs=OUTPUTS)
    file = {n: w for n, w in weights.items() if not n.endswith("num_batches_tracked")}
    scales = [n.replace("running_var", "weight") for n in file if n.endswith("running_var")]
    for name in scales:
        sign = torch.where(torch.rand_like(file[name]) < 0.5, -1.0, 1.0)
        file[name] = sign * (weights[name] - 1e-5)
    model = build("seg", model_config("seg", outputs=OUTPUTS))
    fitted, report = fit(model, file)
    model.load_state_dict(fitted, strict=True)
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected = OFFICIAL["seg"].compute(weights, reference(image), False)
    assert_close(outputs_of("seg", model, image), expected)
    assert f"InPlaceABN: |w| + 1e-5 ({len(scales)})" in report.text()


def test_training_wrappers_are_removed() -> None:
    """The official segmentation code saves the criterion too."""
    weights, _ = official_file(OFFICIAL["seg"], arch=ARCH, outputs=OUTPUTS)
    file = {"state_dict": {f"model.{name}": weight for name, weight in weights.items()}}
    file["state_dict"]["loss.criterion.weight"] = torch.ones(OUTPUTS)
    found = recognise(find_weights(file))
    assert found.outside == ("loss.criterion.weight",)
    assert_same_weights(to_canonical(found).weights, to_canonical(recognise(weights)).weights)
