"""Mask R-CNN on HRNetV2p-W48, 12 epochs, with the official recipe.

Reproduces: box AP 42.4, mask AP 38.1 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/mask-rcnn_hrnetv2p-w48_4xb2-1x_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w48.py",
    "../../_base_/det/official/mask-rcnn.py",
    "../../_base_/det/schedules/official_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
