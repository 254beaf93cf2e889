"""HRNetV2-W48 on PASCAL-Context, 60 classes, with mmseg's recipe.

Reproduces: mIoU 45.84, mIoU (ms+flip) 47.84 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/fcn_hr48_4xb4-80k_pascal-context-480x480.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/mmseg/fcn_pascal-context.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
