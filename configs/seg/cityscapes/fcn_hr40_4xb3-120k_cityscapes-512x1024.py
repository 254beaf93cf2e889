"""HRNetV2-W40 on Cityscapes, with the official recipe.

Reproduces: mIoU 80.2 on val (Wang et al. 2020, table 3).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr40_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w40.py", "../../_base_/seg/official/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
