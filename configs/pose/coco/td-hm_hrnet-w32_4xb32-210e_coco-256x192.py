"""HRNet-W32 on COCO at 256×192, with the official recipe.

Reproduces: AP 74.4, AP50 90.5, AP75 81.9, AP_M 70.8, AP_L 81.0, AR 79.8 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; Wang et al. 2020, table
            1).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w32_4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official.py",
    "../../_base_/pose/coco/256x192.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
