"""FCOS on HRNetV2p-W32, 12 epochs, with the official recipe.

Reproduces: box AP 37.7 on val2017 (README of HRNet-Object-Detection, for weights of mmdet; 38.2 in
            Wang et al. 2020, table 25).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/fcos_hrnetv2p-w32-gn-head_8xb2-1x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/official/fcos.py",
    "../../_base_/det/schedules/fcos_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
