"""HRNetV1 for top-down pose: the finest feature map, one 1×1 convolution, a heatmap per keypoint.

The official code moves a maximum by a quarter of a heatmap pixel only where it is off the border on
both axes; mmpose's decoder looks at each axis alone.
"""

model = dict(
    type="TopdownPoseEstimator",
    data_preprocessor=dict(
        type="PoseDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type="HRNetBackbone", out_indices=(0,)),
    head=dict(
        type="HeatmapHead",
        deconv_out_channels=None,
        loss=dict(type="KeypointMSELoss", use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode="heatmap", shift_heatmap=True),
)
