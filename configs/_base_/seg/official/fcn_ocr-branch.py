"""HRNetV2 as in the official branch HRNet-OCR: norms keep the default momentum."""

_base_ = ["hrnetv2.py"]

norm_cfg = dict(type="SyncBN")  # seg_hrnet.py:24 of that branch: momentum 0.1
model = dict(backbone=dict(norm_cfg=norm_cfg), neck=dict(norm_cfg=norm_cfg))
