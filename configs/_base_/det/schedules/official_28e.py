"""The longest schedule of the official README, 28 epochs, 4 GPUs × 2, for HTC.

Its steps are those of mmdet's htc_hrnetv2p-w40_28e_coco.py: no official config has them.
"""

_base_ = ["official_1x.py"]

train_cfg = dict(max_epochs=28)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=28, milestones=[24, 27]),
]
