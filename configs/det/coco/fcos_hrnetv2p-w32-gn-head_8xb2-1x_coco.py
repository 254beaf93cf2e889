"""FCOS on HRNetV2p-W32, with group norm in its head.

Reproduces: box AP 37.7 on val2017 (README of HRNet-Object-Detection; 38.2 in Wang et al. 2020,
            table 25).
Command:    bash tools/dist_train.sh configs/det/coco/\
fcos_hrnetv2p-w32-gn-head_8xb2-1x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/fcos_hrnetv2p.py",
    "../../_base_/det/coco.py",
    "../../_base_/det/schedule_1x.py",
]

model = dict(
    backbone=dict(**_base_.trunk, norm_eval=True),
    neck=dict(in_channels=_base_.channels),
)

optim_wrapper = dict(
    optimizer=dict(lr=0.01), paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0)
)
param_scheduler = [
    dict(type="ConstantLR", begin=0, end=500, factor=1 / 3, by_epoch=False),
    _base_.param_scheduler[1],
]
