"""The official schedule of 24 epochs, 4 GPUs × 2."""

_base_ = ["official_1x.py"]

train_cfg = dict(max_epochs=24)
param_scheduler = [
    _base_.param_scheduler[0],
    # Not mmdet's [16, 22].
    dict(_base_.param_scheduler[1], end=24, milestones=[20, 23]),
]
