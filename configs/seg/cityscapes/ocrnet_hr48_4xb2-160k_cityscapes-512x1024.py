"""HRNetV2-W48 + OCR on Cityscapes, with mmseg's recipe.

Reproduces: mIoU 81.35, mIoU (ms+flip) 82.7 on val (mmseg 1.2.2, configs/ocrnet/metafile.yaml).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/ocrnet_hr48_4xb2-160k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/mmseg/ocrnet_cityscapes.py"]

_rough, _final = _base_.model.decode_head
model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = [dict(_rough, **_base_.concatenated), dict(_final, in_channels=720)]
