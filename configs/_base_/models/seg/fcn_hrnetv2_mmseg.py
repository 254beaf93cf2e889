"""HRNetV2 as in mmseg 1.2.2, configs/_base_/models/fcn_hr18.py."""

_base_ = "fcn_hrnetv2.py"

model = dict(
    backbone=dict(norm_cfg=dict(type="SyncBN")),
    neck=dict(norm_cfg=dict(type="SyncBN")),
)
