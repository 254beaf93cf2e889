"""HRNetV2-W18-Small-v2, mmseg's hr18s, on Cityscapes, with the official recipe.

Reproduces: mIoU 76.2 on val (README of HRNet-Semantic-Segmentation).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr18s_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w18_small_v2.py", "../../_base_/seg/official/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
