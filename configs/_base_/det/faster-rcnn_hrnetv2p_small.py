"""Faster R-CNN for images of a few hundred pixels: smaller anchors, fewer channels and boxes.

The padding to a multiple of 32 goes too: HRNetBackbone takes any size.
"""

_base_ = ["faster-rcnn_hrnetv2p.py"]

narrow = 64
model = dict(
    data_preprocessor=dict(pad_size_divisor=1),
    neck=dict(out_channels=narrow, norm_cfg=dict(type="BN")),  # training from scratch needs norms
    rpn_head=dict(in_channels=narrow, feat_channels=narrow, anchor_generator=dict(scales=[4])),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=narrow),
        bbox_head=dict(in_channels=narrow, fc_out_channels=256),
    ),
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=500, max_per_img=200), rcnn=dict(sampler=dict(num=64))
    ),
    test_cfg=dict(rpn=dict(nms_pre=500, max_per_img=200)),
)
