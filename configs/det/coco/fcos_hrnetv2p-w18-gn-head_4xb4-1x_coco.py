"""FCOS on HRNetV2p-W18, 12 epochs, with the recipe of mmdet 3.

Reproduces: box AP 35.3 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/det/coco/fcos_hrnetv2p-w18-gn-head_4xb4-1x_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w18.py",
    "../../_base_/det/mmdet/fcos.py",
    "../../_base_/det/schedules/fcos_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
