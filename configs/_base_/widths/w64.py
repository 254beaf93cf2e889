"""HRNet-W64, pretrained on ImageNet."""

trunk = dict(
    arch="w64",
    init_cfg=dict(
        type="Pretrained",
        checkpoint="https://download.openmmlab.com/mmclassification/v0/hrnet/"
        "hrnet-w64_3rdparty_8xb32_in1k_20220120-19126642.pth",
    ),
)
channels = (64, 128, 256, 512)
concatenated = dict(in_channels=960, channels=960)  # HRNetV2, and its head
