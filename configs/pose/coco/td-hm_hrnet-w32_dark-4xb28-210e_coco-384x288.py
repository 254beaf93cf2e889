"""HRNet-W32 with DARK on COCO at 384×288, with the official recipe as DARK's fork has it.

Reproduces: AP 76.6 on val2017 with detector boxes of 56.4 AP (README of DarkPose).
Batch:      4 GPUs × 28
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w32_dark-4xb28-210e_coco-384x288.py 4
"""

_base_ = [
    "../../_base_/pose/coco/official_dark.py",
    "../../_base_/pose/coco/384x288_dark.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=28, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
auto_scale_lr = dict(base_batch_size=112)
