"""mmseg's cross entropy takes class weights together with ignored labels."""

import pytest
import torch
from torch.nn import functional as F

import hrnet_mm  # noqa: F401  (mmseg imports only after it)
from tests.isolated import error_of

# isort: split
from mmseg.models.losses import CrossEntropyLoss

STOCK = """
import hrnet_mm, hrnet_mm.compat as compat, torch
from hrnet_mm.compat import mmseg_class_weight
object.__setattr__(mmseg_class_weight.REPAIR, "is_needed", lambda _: False)
from mmseg.models.losses import CrossEntropyLoss
loss = CrossEntropyLoss(class_weight=[1.0, 2.0], avg_non_ignore=True)
loss(torch.zeros(1, 2, 1, 2), torch.tensor([[[1, 255]]]), ignore_index=255)
"""


@pytest.mark.slow
def test_stock_mmseg_looks_up_the_weight_of_ignored_labels() -> None:
    assert error_of(STOCK).startswith("IndexError: index 255 is out of bounds")


@pytest.mark.parametrize("ignored", [0, 5])
def test_mean_over_labelled_cells_is_pytorchs(ignored: int) -> None:
    weight = [0.5, 1.0, 2.0]
    logits, labels = torch.randn(2, 3, 4, 5), torch.randint(0, 3, (2, 4, 5))
    labels.view(-1)[:ignored] = 255
    loss = CrossEntropyLoss(class_weight=weight, avg_non_ignore=True)
    expected = F.cross_entropy(logits, labels, torch.tensor(weight), ignore_index=255)
    torch.testing.assert_close(loss(logits, labels, ignore_index=255), expected)


def test_ignored_cells_count_as_one_if_asked_for() -> None:
    logits, labels = torch.randn(1, 2, 1, 3), torch.tensor([[[0, 1, 255]]])
    loss = CrossEntropyLoss(class_weight=[1.0, 3.0])(logits, labels, ignore_index=255)
    each = F.cross_entropy(
        logits, labels, torch.tensor([1.0, 3.0]), ignore_index=255, reduction="none"
    )
    torch.testing.assert_close(loss, each.sum() / (1 + 3 + 1))


def test_without_ignored_labels_the_loss_is_the_stock_one() -> None:
    logits, labels = torch.randn(2, 2, 3, 3), torch.randint(0, 2, (2, 3, 3))
    weight = torch.tensor([1.0, 3.0])
    loss = CrossEntropyLoss(class_weight=weight.tolist())(logits, labels)
    each = F.cross_entropy(logits, labels, weight, reduction="none")
    torch.testing.assert_close(loss, each.sum() / weight[labels].sum())
