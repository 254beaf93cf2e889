"""Cascade R-CNN on HRNetV2p-W32, with the official recipe.

Reproduces: box AP 43.7 on val2017 (README of HRNet-Object-Detection; Wang et al. 2020).
Command:    bash tools/dist_train.sh configs/det/coco/\
cascade-rcnn_hrnetv2p-w32_8xb2-20e_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/cascade-rcnn_hrnetv2p.py",
    "../../_base_/det/coco.py",
    "../../_base_/det/schedule_1x.py",
]

model = dict(
    backbone=dict(**_base_.trunk, norm_eval=True),
    neck=dict(in_channels=_base_.channels),
)

train_cfg = dict(max_epochs=20)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(type="MultiStepLR", begin=0, end=20, milestones=[16, 19], gamma=0.1, by_epoch=True),
]
