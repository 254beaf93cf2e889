"""HRNet-W18-Small-v2 on ImageNet, with the official recipe.

Reproduces: top-1 75.1, top-5 92.4 on val (README of HRNet-Image-Classification).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/hrnet-w18-small-v2_4xb32-100e_in1k.py 4
"""

_base_ = ["../../_base_/cls/official.py", "../../_base_/widths/w18_small_v2.py"]

_neck = [dict(type="HRNetClsNeck", in_channels=_base_.channels), dict(type="GlobalAveragePooling")]
model = dict(backbone=dict(arch=_base_.trunk.arch), neck=_neck)
