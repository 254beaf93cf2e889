"""HRNet-W44 on ImageNet, with the official recipe.

Reproduces: top-1 78.9, top-5 94.4 on val (README of HRNet-Image-Classification).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/hrnet-w44_4xb32-100e_in1k.py 4
"""

_base_ = ["../../_base_/cls/official.py", "../../_base_/widths/w44.py"]

_neck = [dict(type="HRNetClsNeck", in_channels=_base_.channels), dict(type="GlobalAveragePooling")]
model = dict(backbone=dict(arch=_base_.trunk.arch), neck=_neck)
