"""The official schedule of the cascades, 20 epochs, 4 GPUs × 2."""

_base_ = ["official_1x.py"]

train_cfg = dict(max_epochs=20)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=20, milestones=[16, 19]),
]
