"""HRNet-W32 with DARK on COCO at 256×192, with the official recipe as DARK's fork has it.

Reproduces: AP 75.6 on val2017 with detector boxes of 56.4 AP (README of DarkPose).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w32_dark-4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official_dark.py",
    "../../_base_/pose/coco/256x192_dark.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
