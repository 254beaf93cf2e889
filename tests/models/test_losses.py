"""The losses of the official recipes: equal to their formulas, finite where nothing counts."""

import math
from typing import Any

import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor

from hrnet_mm.models import OhemCrossEntropyLoss

IGNORED = 255
WEIGHTS = [0.5, 1.0, 2.0, 1.5]


def scores_and_labels(*, ignored: float = 0.2, sharpness: float = 3.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    scores = sharpness * torch.randn(2, 4, 6, 5, generator=generator, dtype=torch.float64)
    labels = torch.randint(4, (2, 6, 5), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < ignored] = IGNORED
    return scores.requires_grad_(), labels


def plainly(
    scores: Tensor, labels: Tensor, *, thresh: float, min_kept: int, weights: list[float]
) -> float:
    """Compute the formula of criterion.py:69-88 pixel by pixel."""
    pixels: list[tuple[float, float]] = []
    for image, label in zip(scores.tolist(), labels.tolist(), strict=True):
        for y, row in enumerate(label):
            for x, true in enumerate(row):
                if true != IGNORED:
                    exponentials = [math.exp(plane[y][x]) for plane in image]
                    p = exponentials[true] / sum(exponentials)
                    pixels.append((p, -weights[true] * math.log(p)))
    pixels.sort()
    limit = max(pixels[min(min_kept, len(pixels) - 1)][0], thresh)
    hard = [loss for p, loss in pixels if p < limit]
    return sum(hard) / len(hard)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "class weights"])
@pytest.mark.parametrize(
    ("thresh", "min_kept"),
    [(0.9, 1), (0.3, 1), (0.01, 20), (0.3, 10_000)],
    ids=["most pixels hard", "few hard", "min_kept decides", "fewer pixels than min_kept"],
)
def test_ohem_equals_its_formula(thresh: float, min_kept: int, weights: list[float] | None) -> None:
    scores, labels = scores_and_labels()
    loss = OhemCrossEntropyLoss(thresh=thresh, min_kept=min_kept, class_weight=weights)
    expected = plainly(
        scores, labels, thresh=thresh, min_kept=min_kept, weights=weights or [1.0] * 4
    )
    assert loss(scores, labels).item() == pytest.approx(expected)
    assert OhemCrossEntropyLoss(
        thresh=thresh, min_kept=min_kept, class_weight=weights, loss_weight=0.4
    )(scores, labels).item() == pytest.approx(0.4 * expected)


def test_ohem_takes_the_pixels_of_the_whole_batch_together() -> None:
    scores, labels = scores_and_labels(ignored=0)
    with torch.no_grad():
        scores[1] /= 100  # all pixels of the second image are harder than most of the first
    loss = OhemCrossEntropyLoss(thresh=0.01, min_kept=10)(scores, labels)
    together = plainly(scores, labels, thresh=0.01, min_kept=10, weights=[1.0] * 4)
    apart = [
        plainly(scores[i : i + 1], labels[i : i + 1], thresh=0.01, min_kept=5, weights=[1.0] * 4)
        for i in range(2)
    ]
    assert loss.item() == pytest.approx(together)
    assert loss.item() != pytest.approx(sum(apart) / 2)


def test_ohem_sends_gradients_to_hard_pixels_only() -> None:
    scores, labels = scores_and_labels()
    OhemCrossEntropyLoss(thresh=0.3, min_kept=1)(scores, labels).backward()
    assert scores.grad is not None
    probability = scores.softmax(dim=1).gather(1, labels.where(labels != IGNORED, 0)[:, None])
    hard = (probability[:, 0] < 0.3) & (labels != IGNORED)
    assert torch.equal(scores.grad.abs().sum(dim=1) > 0, hard)


@pytest.mark.parametrize("nothing", ["all ignored", "one pixel", "all alike and easy"])
def test_ohem_is_finite_where_no_pixel_counts(nothing: str) -> None:
    scores, labels = scores_and_labels()
    if nothing == "all ignored":
        labels.fill_(IGNORED)
    elif nothing == "one pixel":
        labels.fill_(IGNORED)[0, 0, 0] = 1
        scores = torch.zeros_like(scores)
        scores[:, 1] = 50
        scores.requires_grad_()
    else:
        labels.zero_()
        scores = torch.zeros_like(scores)
        scores[:, 0] = 50
        scores.requires_grad_()
    loss = OhemCrossEntropyLoss(class_weight=WEIGHTS)(scores, labels)
    loss.backward()
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


@pytest.mark.parametrize("pixels", ["one", "all"])
def test_ohem_is_no_number_where_logits_are_none(pixels: str) -> None:
    scores, labels = scores_and_labels()
    broken = torch.full_like(scores, torch.nan) if pixels == "all" else scores.detach().clone()
    labels[0, 0, 0] = 1
    broken[0, :, 0, 0] = torch.nan
    assert OhemCrossEntropyLoss()(broken, labels).isnan()


def test_ohem_multiplies_the_weights_of_a_sampler() -> None:
    scores, labels = scores_and_labels()
    loss = OhemCrossEntropyLoss(thresh=0.9, min_kept=1)
    weight = torch.full(labels.shape, 3.0)
    assert loss(scores, labels, weight=weight).item() == pytest.approx(
        3 * loss(scores, labels).item()
    )


def test_ohem_ignores_the_label_it_is_told_to() -> None:
    scores, labels = scores_and_labels()
    loss = OhemCrossEntropyLoss(thresh=0.9, min_kept=1)
    renamed = labels.masked_fill(labels == IGNORED, -1)
    assert torch.equal(loss(scores, renamed, ignore_index=-1), loss(scores, labels))


def test_mmseg_head_is_trained_by_ohem_under_its_bare_name() -> None:
    init_default_scope("mmseg")
    head: Any = MODELS.build(
        dict(
            type="FCNHead",
            in_channels=3,
            channels=3,
            num_classes=4,
            num_convs=0,
            concat_input=False,
            dropout_ratio=0,
            loss_decode=dict(type="OhemCrossEntropyLoss", class_weight=WEIGHTS, min_kept=10),
        )
    )
    assert isinstance(head.loss_decode, OhemCrossEntropyLoss)
    assert not any("class_weight" in key for key in head.state_dict())
    _, labels = scores_and_labels()
    sample = SegDataSample()
    sample.gt_sem_seg = PixelData(data=labels[:1])
    losses = head.loss_by_feat(head((torch.randn(1, 3, 3, 3),)), [sample])
    losses["loss_ohem"].backward()
    assert head.conv_seg.weight.grad.any()
