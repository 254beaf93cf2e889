"""HRNetV2-W48 on Cityscapes, with mmseg's recipe.

Reproduces: mIoU 80.65, mIoU (ms+flip) 81.92 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_4xb2-160k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/mmseg/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
