"""HRNet-W32 from scratch on COCO at 256×192, with the official recipe.

Reproduces: AP 73.4, AP50 89.5, AP75 80.7, AP_M 70.2, AP_L 80.1, AR 78.9 on val2017 with detector
            boxes of 56.4 AP (Wang et al. 2020, table 1).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w32_scratch-4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official.py",
    "../../_base_/pose/coco/256x192.py",
    "../../_base_/widths/w32.py",
]

model = dict(
    backbone=dict(
        arch=_base_.trunk.arch,
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),  # pose_hrnet.py:462-478
    ),
    head=dict(in_channels=_base_.channels[0], decoder=_base_.codec),
)
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
