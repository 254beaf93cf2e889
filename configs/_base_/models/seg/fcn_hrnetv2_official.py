"""HRNetV2 as in branches master and pytorch-v1.1 of HRNet-Semantic-Segmentation."""

_base_ = "fcn_hrnetv2.py"

model = dict(
    backbone=dict(norm_cfg=dict(type="SyncBN", momentum=0.01)),  # seg_hrnet.py:22-25
    # What is not pretrained starts as in seg_hrnet.py:467-474.
    neck=dict(
        norm_cfg=dict(type="SyncBN", momentum=0.01),
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),
    ),
    decode_head=dict(init_cfg=dict(type="Normal", std=0.001, override=dict(name="conv_seg"))),
)
