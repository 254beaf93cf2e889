"""HRNet-W18, pretrained on ImageNet."""

trunk = dict(
    arch="w18",
    init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
)
channels = (18, 36, 72, 144)
concatenated = dict(in_channels=270, channels=270)  # HRNetV2, and its head
