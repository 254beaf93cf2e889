"""Faster R-CNN on HRNetV2p-W32, with the official recipe.

Reproduces: box AP 39.5 on val2017 (README of HRNet-Object-Detection; 39.6 in Wang et al. 2020,
            table 8).
Command:    bash tools/dist_train.sh configs/det/coco/\
faster-rcnn_hrnetv2p-w32_8xb2-1x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/faster-rcnn_hrnetv2p.py",
    "../../_base_/det/coco.py",
    "../../_base_/det/schedule_1x.py",
]

model = dict(
    backbone=dict(**_base_.trunk, norm_eval=True),
    neck=dict(in_channels=_base_.channels),
)
