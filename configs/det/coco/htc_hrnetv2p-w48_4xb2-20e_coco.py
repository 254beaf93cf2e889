"""Hybrid task cascade on HRNetV2p-W48, 20 epochs, with the official recipe.

Reproduces: box AP 46.8, mask AP 40.7 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet); box AP 47.0 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/htc_hrnetv2p-w48_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w48.py",
    "../../_base_/det/official/htc.py",
    "../../_base_/det/schedules/official_20e.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
