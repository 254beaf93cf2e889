"""Cascade Mask R-CNN on HRNetV2p-W40, 20 epochs, with the recipe of mmdet 3.

Reproduces: box AP 45.1, mask AP 39.3 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/cascade-mask-rcnn_hrnetv2p-w40-20e_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w40.py",
    "../../_base_/det/mmdet/cascade-mask-rcnn.py",
    "../../_base_/det/schedules/mmdet_20e.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
