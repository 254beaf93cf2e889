"""HRNet-W48 with DARK on MPII at 256×256, with the recipe of mmpose.

Reproduces: PCKh 90.5, PCKh@0.1 36.0 on val (mmpose 1.3.2, hrnet_dark_mpii.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/mpii/td-hm_hrnet-w48_dark-8xb64-210e_mpii-256x256.py 8
"""

_base_ = [
    "../../_base_/pose/mpii/mmpose.py",
    "../../_base_/pose/mpii/256x256_dark.py",
    "../../_base_/pose/w48.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
