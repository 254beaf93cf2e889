"""HRNetV2 as in branch HRNet-OCR of HRNet-Semantic-Segmentation: norms of momentum 0.1."""

_base_ = "fcn_hrnetv2.py"

model = dict(
    backbone=dict(norm_cfg=dict(type="SyncBN")),  # seg_hrnet.py:24 of that branch
    # What is not pretrained starts as in seg_hrnet.py:467-474.
    neck=dict(
        norm_cfg=dict(type="SyncBN"),
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),
    ),
    decode_head=dict(init_cfg=dict(type="Normal", std=0.001, override=dict(name="conv_seg"))),
)
