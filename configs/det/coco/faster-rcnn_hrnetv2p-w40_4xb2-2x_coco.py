"""Faster R-CNN on HRNetV2p-W40, 24 epochs, with the official recipe.

Reproduces: box AP 41.4 on val2017 (README of HRNet-Object-Detection); box AP 42.1 on test-dev (Wang
            et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/faster-rcnn_hrnetv2p-w40_4xb2-2x_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w40.py",
    "../../_base_/det/official/faster-rcnn.py",
    "../../_base_/det/schedules/official_2x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
