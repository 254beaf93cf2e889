"""HRNetV2 with the official initialisation of what is not pretrained (seg_hrnet.py:467-474)."""

_base_ = ["../hrnetv2.py"]

model = dict(
    neck=dict(init_cfg=dict(type="Normal", layer="Conv2d", std=0.001)),
    decode_head=dict(init_cfg=dict(type="Normal", std=0.001, override=dict(name="conv_seg"))),
)
