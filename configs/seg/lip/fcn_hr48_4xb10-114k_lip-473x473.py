"""HRNetV2-W48 on LIP, with the official recipe.

Reproduces: mIoU (flip) 55.9 on val, with --tta (Wang et al. 2020, section 5; 56.04, 55.8 and 55.83
            in the READMEs of branches master, pytorch-v1.1 and HRNet-OCR).
Batch:      4 GPUs × 10
Command:    bash tools/dist_train.sh configs/seg/lip/fcn_hr48_4xb10-114k_lip-473x473.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_lip.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
