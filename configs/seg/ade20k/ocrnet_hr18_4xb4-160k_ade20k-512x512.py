"""HRNetV2-W18 + OCR on ADE20K, with mmseg's recipe.

Reproduces: mIoU 39.32, mIoU (ms+flip) 40.8 on val (mmseg 1.2.2, configs/ocrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/seg/ade20k/ocrnet_hr18_4xb4-160k_ade20k-512x512.py 4

The metafile has the figures under the config of 80k iterations; their weights are of 160k.
"""

_base_ = ["../../_base_/widths/w18.py", "../../_base_/seg/mmseg/ocrnet_ade20k.py"]

_rough, _final = _base_.model.decode_head
model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = [dict(_rough, **_base_.concatenated), dict(_final, in_channels=270)]
