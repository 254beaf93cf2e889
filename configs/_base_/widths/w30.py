"""HRNet-W30, pretrained on ImageNet."""

trunk = dict(
    arch="w30",
    init_cfg=dict(
        type="Pretrained",
        checkpoint="https://download.openmmlab.com/mmclassification/v0/hrnet/"
        "hrnet-w30_3rdparty_8xb32_in1k_20220120-8aa3832f.pth",
    ),
)
channels = (30, 60, 120, 240)
concatenated = dict(in_channels=450, channels=450)  # HRNetV2, and its head
