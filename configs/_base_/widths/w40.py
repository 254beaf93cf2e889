"""HRNet-W40, pretrained on ImageNet."""

trunk = dict(
    arch="w40",
    init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w40"),
)
channels = (40, 80, 160, 320)
concatenated = dict(in_channels=600, channels=600)  # HRNetV2, and its head
