"""HRNet-W32 on COCO at 384×288, with the official recipe.

Reproduces: AP 75.8, AP50 90.6, AP75 82.5, AP_M 72.0, AP_L 82.7, AR 80.9 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; AP75 82.7, AP_M 71.9, AP_L
            82.8, AR 81.0 in Wang et al. 2020, table 1); AP 74.9, AP50 92.5, AP75 82.8, AP_M 71.3,
            AP_L 80.9, AR 80.1 on test-dev with boxes of 60.9 AP (table 2).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w32_4xb32-210e_coco-384x288.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official.py",
    "../../_base_/pose/coco/384x288.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
