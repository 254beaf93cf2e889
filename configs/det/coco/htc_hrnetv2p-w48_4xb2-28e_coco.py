"""Hybrid task cascade on HRNetV2p-W48, 28 epochs, with the official recipe.

Reproduces: box AP 47.0, mask AP 41.0 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet); box AP 47.3 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/htc_hrnetv2p-w48_4xb2-28e_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w48.py",
    "../../_base_/det/official/htc.py",
    "../../_base_/det/schedules/official_28e.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
