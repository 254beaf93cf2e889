"""Mask R-CNN on HRNetV2p-W32, 12 epochs, with the official recipe.

Reproduces: box AP 40.7, mask AP 36.8 on val2017 (README of HRNet-Object-Detection; 40.9 and 36.7 in
            Wang et al. 2020, table 10).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/mask-rcnn_hrnetv2p-w32_4xb2-1x_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/official/mask-rcnn.py",
    "../../_base_/det/schedules/official_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
