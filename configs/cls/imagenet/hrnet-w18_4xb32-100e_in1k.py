"""HRNet-W18 on ImageNet, with the official recipe.

Reproduces: top-1 76.8, top-5 93.4 on val (README of HRNet-Image-Classification; top-1 76.9, top-5
            93.5 in Wang et al. 2020, table 15).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/hrnet-w18_4xb32-100e_in1k.py 4
"""

_base_ = ["../../_base_/cls/official.py", "../../_base_/widths/w18.py"]

_neck = [dict(type="HRNetClsNeck", in_channels=_base_.channels), dict(type="GlobalAveragePooling")]
model = dict(backbone=dict(arch=_base_.trunk.arch), neck=_neck)
