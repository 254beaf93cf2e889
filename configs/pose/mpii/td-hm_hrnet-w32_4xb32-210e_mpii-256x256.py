"""HRNet-W32 on MPII at 256×256, with the official recipe.

Reproduces: PCKh 90.3, PCKh@0.1 37.7 on val (README of deep-high-resolution-net.pytorch; head 97.1,
            shoulder 95.9, elbow 90.3, wrist 86.4, hip 89.1, knee 87.1, ankle 83.3).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/pose/mpii/td-hm_hrnet-w32_4xb32-210e_mpii-256x256.py 4

The official PCKh@0.1 is at the eleventh hundredth, 0.11 (mpii.py:151-177); mmpose's MpiiPCKAccuracy
measures at 0.10, and so prints less for the same predictions.
"""

_base_ = [
    "../../_base_/pose/mpii/official.py",
    "../../_base_/pose/mpii/256x256.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
