"""HRNetV2-W18-Small-v2 on Cityscapes, with mmseg's recipe.

Reproduces: mIoU 76.31, mIoU (ms+flip) 78.31 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr18s_4xb2-160k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w18_small_v2.py", "../../_base_/seg/mmseg/fcn_cityscapes.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
