"""FCOS on HRNetV2p: no anchors, one box for each cell of the levels of stride 8 to 128.

A leaf sets the width (`backbone.arch`, `neck.in_channels`) and `bbox_head.num_classes`.
"""

_base_ = ["hrnetv2p.py"]

model = dict(
    type="FCOS",
    neck=dict(stride=2),
    bbox_head=dict(
        type="FCOSHead",
        num_classes=80,
        in_channels=256,
        stacked_convs=4,
        feat_channels=256,
        strides=[8, 16, 32, 64, 128],
        loss_cls=dict(type="FocalLoss", use_sigmoid=True, gamma=2.0, alpha=0.25, loss_weight=1.0),
        loss_bbox=dict(type="IoULoss", loss_weight=1.0),
        loss_centerness=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=1.0),
    ),
    test_cfg=dict(
        nms_pre=1000,
        min_bbox_size=0,
        score_thr=0.05,
        nms=dict(type="nms", iou_threshold=0.5),
        max_per_img=100,
    ),
)
