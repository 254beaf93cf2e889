"""HRNet-W48 for pose, with the ImageNet weights of the official pose code."""

_base_ = ["../widths/w48.py"]

trunk = dict(
    init_cfg=dict(
        checkpoint="https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w48-8ef0771d.pth",
    ),
)
