"""HRNet-W48 with UDP on COCO at 384×288, with the recipe of mmpose.

Reproduces: AP 77.3, AP50 91.1, AP75 83.6, AR 82.1 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/td-hm_hrnet-w48_udp-8xb32-210e_coco-384x288.py 8
"""

_base_ = [
    "../../_base_/pose/coco/mmpose_udp.py",
    "../../_base_/pose/w48.py",
    "../../_base_/pose/coco/384x288_udp.py",
]

auto_scale_lr = dict(base_batch_size=256)  # mmpose declares 512 and has 256 at this rate
model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0], decoder=_base_.codec))
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.augmentation + _base_.targets))
