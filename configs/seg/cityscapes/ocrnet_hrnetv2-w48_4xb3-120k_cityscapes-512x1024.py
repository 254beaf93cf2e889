"""HRNetV2-W48 + OCR on Cityscapes, with the official recipe: corners aligned in every upsampling.

Reproduces: mIoU 81.6 on val, one scale, no flip (Wang et al. 2020, table 3; the README of the
            official code's branch HRNet-OCR).
Command:    bash tools/dist_train.sh configs/seg/cityscapes/\
ocrnet_hrnetv2-w48_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../_base_/widths/w48.py",
    "../../_base_/seg/hrnetv2_ocr.py",
    "../../_base_/seg/cityscapes_512x1024.py",
    "../../_base_/seg/schedule_120k.py",
]

norm_cfg = dict(type="SyncBN")  # with the default momentum in that branch, seg_hrnet.py:24
_channels = sum(_base_.channels)
_head = dict(in_channels=_channels, num_classes=19, norm_cfg=norm_cfg, align_corners=True)
_rough, _final = _base_.model.decode_head
_loss = dict(type="CrossEntropyLoss", class_weight=_base_.class_weight, avg_non_ignore=True)
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    backbone=dict(**_base_.trunk, norm_cfg=norm_cfg, align_corners=True),
    neck=dict(in_channels=_base_.channels, align_corners=True),
    decode_head=[
        dict(_rough, channels=_channels, **_head, loss_decode=dict(_loss, loss_weight=0.4)),
        dict(_final, **_head, loss_decode=dict(_loss, loss_weight=1.0)),
    ],
)
