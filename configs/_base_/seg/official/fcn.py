"""HRNetV2 as in the official branches master and pytorch-v1.1."""

_base_ = ["hrnetv2.py"]

norm_cfg = dict(type="SyncBN", momentum=0.01)  # seg_hrnet.py:22-25
model = dict(backbone=dict(norm_cfg=norm_cfg), neck=dict(norm_cfg=norm_cfg))
