"""HRNetV2-W48 on Cityscapes, trained on hard pixels, with the official recipe.

Reproduces: mIoU 81.2 on val, mIoU (ms+flip) 81.1 on test (README of HRNet-Semantic-Segmentation).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = dict(
    _base_.concatenated, loss_decode=dict(_base_.hard_pixels, _delete_=True)
)
