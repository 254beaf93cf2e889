"""HRNet-W32 on COCO at 384×288, with the recipe of mmpose.

Reproduces: AP 76.0, AP50 90.6, AP75 83.0, AR 81.0 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w32_8xb64-210e_coco-384x288.py 8
"""

_base_ = [
    "../../_base_/pose/coco/mmpose.py",
    "../../_base_/pose/coco/384x288.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
