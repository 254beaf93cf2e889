"""mmdet 3's schedule of 24 epochs, 8 GPUs × 2."""

_base_ = ["mmdet_1x.py"]

train_cfg = dict(max_epochs=24)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=24, milestones=[16, 22]),
]
