"""HRNetV2-W48 on ADE20K, with the official recipe.

Reproduces: mIoU 43.1, mIoU (ms+flip) 44.2 on val (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/seg/ade20k/fcn_hr48_ohem-4xb4-152k_ade20k-520x520.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_ade20k.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
