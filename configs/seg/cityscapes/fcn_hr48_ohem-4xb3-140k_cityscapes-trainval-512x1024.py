"""HRNetV2-W48 on Cityscapes, trained again on train and val, on hard pixels, official recipe.

Reproduces: mIoU (ms+flip) 81.9 on test (README of HRNet-Semantic-Segmentation).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_ohem-4xb3-140k_cityscapes-trainval-512x1024.py 4

The second training: 139,876 iterations from the end of fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024.
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_cityscapes_trainval.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = dict(
    _base_.concatenated, loss_decode=dict(_base_.hard_pixels, _delete_=True)
)
load_from = "work_dirs/fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024/iter_120032.pth"
