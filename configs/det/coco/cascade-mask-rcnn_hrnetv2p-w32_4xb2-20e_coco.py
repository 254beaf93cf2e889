"""Cascade Mask R-CNN on HRNetV2p-W32, 20 epochs, with the official recipe.

Reproduces: box AP 44.5, mask AP 38.5 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet); box AP 44.7 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/cascade-mask-rcnn_hrnetv2p-w32_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/official/cascade-mask-rcnn.py",
    "../../_base_/det/schedules/official_20e.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
