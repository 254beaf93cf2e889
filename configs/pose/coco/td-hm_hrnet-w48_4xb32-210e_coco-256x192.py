"""HRNet-W48 on COCO at 256×192, with the official recipe.

Reproduces: AP 75.1, AP50 90.6, AP75 82.2, AP_M 71.5, AP_L 81.8, AR 80.4 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; Wang et al. 2020, table
            1).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w48_4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official.py",
    "../../_base_/pose/coco/256x192.py",
    "../../_base_/pose/w48.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
