"""HRNet-W44, pretrained on ImageNet."""

trunk = dict(
    arch="w44",
    init_cfg=dict(
        type="Pretrained",
        checkpoint="https://download.openmmlab.com/mmclassification/v0/hrnet/"
        "hrnet-w44_3rdparty_8xb32_in1k_20220120-35d07f73.pth",
    ),
)
channels = (44, 88, 176, 352)
concatenated = dict(in_channels=660, channels=660)  # HRNetV2, and its head
