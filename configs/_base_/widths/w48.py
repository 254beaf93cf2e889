"""HRNet-W48, pretrained on ImageNet."""

trunk = dict(
    arch="w48",
    init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
)
channels = (48, 96, 192, 384)
concatenated = dict(in_channels=720, channels=720)  # HRNetV2, and its head
