"""HRNet-W32 with UDP's offsets on COCO at 256×192, with the recipe of mmpose.

Reproduces: AP 75.9, AP50 90.7, AP75 82.7, AR 81.3 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w32_udp-regress-8xb64-210e_coco-256x192.py 8
"""

_base_ = [
    "../../_base_/pose/coco/mmpose_udp-regress.py",
    "../../_base_/pose/coco/256x192_udp-regress.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
