"""Segmentation trains with class weights where some labels are ignored.

Broken: to average a loss with ``class_weight``, ``cross_entropy`` looks up the weight of every
label, 255 for "ignored" among them, and stops with an ``IndexError``, on a GPU with a device-side
assertion. The official recipe of Cityscapes has both.
Since: mmseg 1.2.0, up to 1.2.2.
Can go: when mmseg does not look up ignored labels.

Repaired: the weights are summed over the labels that are not ignored. With ``avg_non_ignore=False``
an ignored label counts as 1, as it does without class weights.
"""

from types import ModuleType
from typing import Any

from hrnet_mm.post_import import Patch, raises


def _looks_up_ignored_labels(module: ModuleType) -> bool:
    import torch

    logits = torch.zeros(1, 2, 1, 1, device="cpu")
    ignored = torch.full((1, 1, 1), 255, device="cpu")
    weights = torch.ones(2, device="cpu")
    options = dict(class_weight=weights, ignore_index=255)
    return raises(IndexError, module.cross_entropy, logits, ignored, **options)


def _average_without_ignored(module: ModuleType) -> None:
    stock = module.cross_entropy

    def cross_entropy(  # noqa: PLR0917  (the signature is mmseg's)
        pred: Any,
        label: Any,
        weight: Any = None,
        class_weight: Any = None,
        reduction: str = "mean",
        avg_factor: Any = None,
        ignore_index: int = -100,
        avg_non_ignore: bool = False,
    ) -> Any:
        if class_weight is not None and avg_factor is None and reduction == "mean":
            counted = label != ignore_index
            weights = class_weight[label.where(counted, 0)]
            avg_factor = weights.where(counted, 0 if avg_non_ignore else 1).sum()
        return stock(
            pred, label, weight, class_weight, reduction, avg_factor, ignore_index, avg_non_ignore
        )

    module.__dict__["cross_entropy"] = cross_entropy


REPAIR = Patch(
    title="mmseg's cross entropy takes class weights and ignored labels together",
    waits_for="mmseg.models.losses.cross_entropy_loss",
    is_needed=_looks_up_ignored_labels,
    apply=_average_without_ignored,
)
