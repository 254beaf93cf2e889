"""Hybrid task cascade on HRNetV2p-W18, 20 epochs, with the recipe of mmdet 3.

Reproduces: box AP 42.8, mask AP 37.9 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/htc_hrnetv2p-w18_20e_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w18.py",
    "../../_base_/det/mmdet/htc.py",
    "../../_base_/det/schedules/mmdet_20e.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
