"""HRNet-W32 with UDP on COCO at 384×288, with the recipe of mmpose.

Reproduces: AP 76.8, AP50 90.9, AP75 83.2, AR 81.5 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w32_udp-8xb64-210e_coco-384x288.py 8
"""

_base_ = [
    "../../_base_/pose/coco/mmpose_udp.py",
    "../../_base_/pose/coco/384x288_udp.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
