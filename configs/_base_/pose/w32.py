"""HRNet-W32 for pose, with the ImageNet weights of the official pose code."""

_base_ = ["../widths/w32.py"]

trunk = dict(
    init_cfg=dict(
        checkpoint="https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w32-36af842e.pth",
    ),
)
