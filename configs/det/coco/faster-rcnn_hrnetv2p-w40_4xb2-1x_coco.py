"""Faster R-CNN on HRNetV2p-W40, 12 epochs, with the official recipe.

Reproduces: box AP 40.4 on val2017 (README of HRNet-Object-Detection).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/faster-rcnn_hrnetv2p-w40_4xb2-1x_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w40.py",
    "../../_base_/det/official/faster-rcnn.py",
    "../../_base_/det/schedules/official_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
