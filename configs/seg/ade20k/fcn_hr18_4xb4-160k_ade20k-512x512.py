"""HRNetV2-W18 on ADE20K, with mmseg's recipe.

Reproduces: mIoU 36.79, mIoU (ms+flip) 38.58 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/seg/ade20k/fcn_hr18_4xb4-160k_ade20k-512x512.py 4
"""

_base_ = ["../../_base_/widths/w18.py", "../../_base_/seg/mmseg/fcn_ade20k.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
