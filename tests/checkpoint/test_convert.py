"""Weights are renamed and reordered to the canonical layout, and back."""

import pytest
import torch

from hrnet_mm.checkpoint.convert import from_canonical, to_canonical
from hrnet_mm.checkpoint.recognise import recognise
from hrnet_mm.errors import CheckpointError
from tests.checkpoint.models import ARCH, TINY, assert_same_weights
from tests.checkpoint.official import OFFICIAL, WHOLE, official_file

OUTPUTS = 11


def test_every_head_of_a_cascade_and_masks_count_the_background_last() -> None:
    weights, _ = official_file(OFFICIAL["det"], arch=ARCH, outputs=3)
    for stage in range(3):
        for kind in ("fc_cls", "fc_reg"):
            rows = 4 if kind == "fc_cls" or stage else 16  # the later ones share a box
            weights[f"bbox_head.{stage}.{kind}.weight"] = torch.randn(rows, 8)
            weights[f"bbox_head.{stage}.{kind}.bias"] = torch.randn(rows)
    weights["mask_head.conv_logits.weight"] = torch.randn(4, 8, 1, 1)
    weights["mask_head.conv_logits.bias"] = torch.randn(4)
    canonical = to_canonical(recognise(weights)).weights
    for stage in range(3):
        for kind in ("weight", "bias"):
            theirs, ours = f"bbox_head.{stage}", f"roi_head.bbox_head.{stage}"
            scores = weights[f"{theirs}.fc_cls.{kind}"]
            assert torch.equal(canonical[f"{ours}.fc_cls.{kind}"], scores[[1, 2, 3, 0]])
            boxes = weights[f"{theirs}.fc_reg.{kind}"]
            assert torch.equal(canonical[f"{ours}.fc_reg.{kind}"], boxes if stage else boxes[4:])
    for kind in ("weight", "bias"):
        masks = weights[f"mask_head.conv_logits.{kind}"]
        assert torch.equal(canonical[f"roi_head.mask_head.conv_logits.{kind}"], masks[1:])


@pytest.mark.parametrize("task", ["pose", "cls", "face", "det"])
def test_counters_that_old_files_lack_are_added(task: str) -> None:
    """Those files are of plain norms: their scales stay, whatever their sign."""
    weights, _ = official_file(OFFICIAL[task], arch=ARCH, outputs=OUTPUTS)
    weights = {n: -w if n.endswith("bn1.weight") else w for n, w in weights.items()}
    file = {n: w for n, w in weights.items() if not n.endswith("num_batches_tracked")}
    canonical, expected = (
        to_canonical(recognise(file)).weights,
        to_canonical(recognise(weights)).weights,
    )
    assert canonical.keys() == expected.keys()
    for name, weight in canonical.items():
        counter = name.endswith("num_batches_tracked")
        assert torch.equal(weight, torch.tensor(0) if counter else expected[name]), name


@pytest.mark.parametrize("task", WHOLE)
@pytest.mark.parametrize("to", ["hrnet_mm", "openmmlab", "backbone"])
def test_round_trip_is_exact(task: str, to: str) -> None:
    weights, _ = official_file(OFFICIAL[task], arch=ARCH, outputs=OUTPUTS)
    canonical = to_canonical(recognise(weights)).weights
    written = from_canonical(canonical, to)
    again = to_canonical(recognise(written))
    assert not again.dropped
    if to == "backbone":
        canonical = {n: w for n, w in canonical.items() if n.startswith("backbone.")}
    assert_same_weights(again.weights, canonical)
    assert_same_weights(from_canonical(again.weights, to), written)


def test_unknown_targets_and_misplaced_weights_are_refused() -> None:
    weights, _ = official_file(OFFICIAL["pose"], arch=TINY, outputs=3)  # type: ignore
    canonical = to_canonical(recognise(weights)).weights
    with pytest.raises(ValueError, match=r"layout 'onnx': choose from .*'timm'"):
        from_canonical(canonical, "onnx")
    with pytest.raises(CheckpointError, match=r"timm has no place for head\.final_layer\.weight"):
        from_canonical(canonical, "timm")
