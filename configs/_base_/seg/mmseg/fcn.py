"""HRNetV2 as mmseg's configs have it: losses averaged over all pixels, those ignored included."""

_base_ = ["../hrnetv2.py"]

norm_cfg = dict(type="SyncBN")
model = dict(
    backbone=dict(norm_cfg=norm_cfg),
    neck=dict(norm_cfg=norm_cfg),
    decode_head=dict(loss_decode=dict(avg_non_ignore=False)),
)
