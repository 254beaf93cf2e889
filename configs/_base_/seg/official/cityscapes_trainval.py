"""Cityscapes, training and validation images together: 484 epochs of ⌊3475 / 12⌋ = 289 batches.

139,876 in all. Validation is on images that were learned; the figures are of the test set.
"""

_base_ = ["cityscapes.py"]

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="ConcatDataset",
        datasets=[
            dict(_base_.train_dataloader.dataset, **split)
            for split in (_base_.train_split, _base_.val_split)
        ],
    ),
)

_iterations = 484 * 289
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
