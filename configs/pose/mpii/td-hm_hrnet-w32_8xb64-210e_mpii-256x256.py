"""HRNet-W32 on MPII at 256×256, with the recipe of mmpose.

Reproduces: PCKh 90.0, PCKh@0.1 33.4 on val (mmpose 1.3.2, hrnet_mpii.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/mpii/td-hm_hrnet-w32_8xb64-210e_mpii-256x256.py 8

mmpose's config of this name has 16 images on each GPU, at the rate for 64.
"""

_base_ = [
    "../../_base_/pose/mpii/mmpose.py",
    "../../_base_/pose/mpii/256x256.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
