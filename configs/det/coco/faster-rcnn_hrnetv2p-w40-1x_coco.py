"""Faster R-CNN on HRNetV2p-W40, 12 epochs, with the recipe of mmdet 3.

Reproduces: box AP 41.2 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/faster-rcnn_hrnetv2p-w40-1x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w40.py",
    "../../_base_/det/mmdet/faster-rcnn.py",
    "../../_base_/det/schedules/mmdet_1x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
