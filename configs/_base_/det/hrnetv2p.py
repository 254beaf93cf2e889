"""What every detector on HRNetV2p has."""

model = dict(
    data_preprocessor=dict(
        type="DetDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32,
    ),
    backbone=dict(type="HRNetBackbone"),
    neck=dict(type="HRNetV2p", out_channels=256, num_outs=5),
)
