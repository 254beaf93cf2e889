"""HRNet-W64 on ImageNet, with the recipe of mmpretrain.

Reproduces: top-1 79.46, top-5 94.65 on val (mmpretrain 1.2.0, configs/hrnet/metafile.yml), for the
            official weights.
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/hrnet-w64_4xb32_in1k.py 4

mmpretrain measured the figures on weights that it had converted; no result of training with this
schedule is published.
"""

_base_ = ["../../_base_/cls/mmpretrain.py", "../../_base_/widths/w64.py"]

_neck = [dict(type="HRNetClsNeck", in_channels=_base_.channels), dict(type="GlobalAveragePooling")]
model = dict(backbone=dict(arch=_base_.trunk.arch), neck=_neck)
