"""HRNetV2-W48 on PASCAL-Context, 59 classes, with the recipe of the official branch master.

Reproduces: mIoU (ms+flip) 54.0 on val, with --tta (Wang et al. 2020, section 5; 54.1 in
            README of HRNet-Semantic-Segmentation, branch master).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/fcn_hr48_4xb4-62k_pascal-context-59-480x480.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_pascal-context-59_480.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
