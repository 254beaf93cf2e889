"""HRNet-W48 on COCO at 384×288, with the official recipe.

Reproduces: AP 76.3, AP50 90.8, AP75 82.9, AP_M 72.3, AP_L 83.4, AR 81.2 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; Wang et al. 2020, table
            1); AP 75.5, AP50 92.5, AP75 83.3, AP_M 71.9, AP_L 81.5, AR 80.5 on test-dev with boxes
            of 60.9 AP (table 2).
Batch:      4 GPUs × 24
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w48_4xb24-210e_coco-384x288.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official.py",
    "../../_base_/pose/coco/384x288.py",
    "../../_base_/pose/w48.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=24, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
auto_scale_lr = dict(base_batch_size=96)
