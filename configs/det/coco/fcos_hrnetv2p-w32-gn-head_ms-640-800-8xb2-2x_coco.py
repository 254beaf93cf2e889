"""FCOS on HRNetV2p-W32 at two scales, 24 epochs, with the official recipe.

Reproduces: box AP 41.4 on val2017 (README of HRNet-Object-Detection, for weights of mmdet).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/fcos_hrnetv2p-w32-gn-head_ms-640-800-8xb2-2x_coco.py 8
"""

_base_ = [
    "../../_base_/widths/w32.py",
    "../../_base_/det/official/fcos_ms-640-800.py",
    "../../_base_/det/schedules/fcos_2x.py",
]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
