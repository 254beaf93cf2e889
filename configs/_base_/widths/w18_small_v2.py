"""HRNet-W18-Small-v2, pretrained on ImageNet."""

trunk = dict(
    arch="w18_small_v2",
    init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18_small"),
)
channels = (18, 36, 72, 144)
concatenated = dict(in_channels=270, channels=270)  # HRNetV2, and its head
