"""FCOS's schedule of 24 epochs, 16 images."""

_base_ = ["fcos_1x.py"]

train_cfg = dict(max_epochs=24)
param_scheduler = [
    _base_.param_scheduler[0],
    # HRNet-FCOS: after 120 000 and 160 000 of 180 000 iterations.
    dict(_base_.param_scheduler[1], end=24, milestones=[16, 22]),
]
