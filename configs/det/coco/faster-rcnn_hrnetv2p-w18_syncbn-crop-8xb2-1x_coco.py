"""Faster R-CNN on HRNetV2p-W18 with SyncBN and crops, 12 epochs, with the official recipe.

Reproduces: box AP 37.6 on val2017 (README of HRNet-Object-Detection).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/faster-rcnn_hrnetv2p-w18_syncbn-crop-8xb2-1x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w18.py",
    "../../_base_/det/official/faster-rcnn_syncbn-crop.py",
    "../../_base_/det/schedules/official_8xb2-1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
