"""HRNetV2 for landmarks: all feature maps concatenated, then a heatmap for each landmark."""

model = dict(
    type="TopdownPoseEstimator",
    data_preprocessor=dict(
        type="PoseDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type="HRNetBackbone", out_indices=(0, 1, 2, 3), upsample="bilinear"),
    neck=dict(
        type="HRNetV2",
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),  # as both sources' heads
    ),
    head=dict(
        type="HeatmapHead",
        deconv_out_channels=None,
        loss=dict(type="KeypointMSELoss", use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode="heatmap", shift_heatmap=True),
)
