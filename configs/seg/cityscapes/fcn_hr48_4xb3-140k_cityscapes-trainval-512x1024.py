"""HRNetV2-W48 on Cityscapes, trained again on train and val, with the official recipe.

Reproduces: mIoU (ms+flip) 81.6 on test (Wang et al. 2020, table 4; 81.5 in README of
            HRNet-Semantic-Segmentation).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_4xb3-140k_cityscapes-trainval-512x1024.py 4

The second training: 139,876 iterations from the end of fcn_hr48_4xb3-120k_cityscapes-512x1024.
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_cityscapes_trainval.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
load_from = "work_dirs/fcn_hr48_4xb3-120k_cityscapes-512x1024/iter_120032.pth"
