"""HRNetV2-W48 + OCR on ADE20K, with mmseg's recipe.

Reproduces: mIoU 43.25, mIoU (ms+flip) 44.88 on val (mmseg 1.2.2, configs/ocrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/seg/ade20k/ocrnet_hr48_4xb4-160k_ade20k-512x512.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/mmseg/ocrnet_ade20k.py"]

_rough, _final = _base_.model.decode_head
model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = [dict(_rough, **_base_.concatenated), dict(_final, in_channels=720)]
