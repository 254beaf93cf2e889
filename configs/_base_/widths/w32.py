"""HRNet-W32, pretrained on ImageNet."""

trunk = dict(
    arch="w32",
    init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
)
channels = (32, 64, 128, 256)
concatenated = dict(in_channels=480, channels=480)  # HRNetV2, and its head
