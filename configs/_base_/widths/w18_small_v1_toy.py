"""HRNet-W18-Small-v1, pretrained on single things of the generated scenes by the demo."""

_base_ = ["w18_small_v1.py"]

trunk = dict(
    init_cfg=dict(
        type="Pretrained", checkpoint="work_dirs/demo/cls_hrnet-w18-small-v1_toy-64x64.pth"
    ),
)
