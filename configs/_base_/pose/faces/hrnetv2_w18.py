"""HRNetV2-W18, pretrained on ImageNet, for face landmarks: the one width that is published."""

_base_ = ["../../widths/w18.py", "../hrnetv2_heatmap.py"]

model = dict(
    backbone=_base_.trunk,
    neck=dict(
        in_channels=_base_.channels,
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),  # as both sources' heads
    ),
    head=dict(in_channels=_base_.concatenated.in_channels),
)
