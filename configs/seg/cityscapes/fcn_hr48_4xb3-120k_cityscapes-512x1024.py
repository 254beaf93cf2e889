"""HRNetV2-W48 on Cityscapes, with the official recipe.

Reproduces: mIoU 81.1 on val (Wang et al. 2020, table 3; README of branch pytorch-v1.1; 80.9 in
            those of branches master and HRNet-OCR); mIoU (ms+flip) 80.4 on test (table 4; 80.5 in
            README of branch master).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
