"""HRNetV2-W48 on Cityscapes, with the official recipe.

Reproduces: mIoU 81.1 on val, one scale, no flip (Wang et al. 2020, table 3; the README of the
            official code's branch pytorch-v1.1).
Command:    bash tools/dist_train.sh configs/seg/cityscapes/\
fcn_hrnetv2-w48_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../_base_/widths/w48.py",
    "../../_base_/seg/hrnetv2.py",
    "../../_base_/seg/cityscapes_512x1024.py",
    "../../_base_/seg/schedule_120k.py",
]

norm_cfg = dict(type="SyncBN", momentum=0.01)  # seg_hrnet.py:23 of that branch
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    backbone=dict(**_base_.trunk, norm_cfg=norm_cfg),
    neck=dict(in_channels=_base_.channels, norm_cfg=norm_cfg),
    decode_head=dict(
        in_channels=sum(_base_.channels),
        channels=sum(_base_.channels),
        num_classes=19,
        loss_decode=dict(class_weight=_base_.class_weight),
    ),
)
