"""HRNet-W48 on ImageNet, with the recipe of mmpretrain.

Reproduces: top-1 79.32, top-5 94.52 on val (mmpretrain 1.2.0, configs/hrnet/metafile.yml), for the
            official weights.
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/mmpretrain/hrnet-w48_4xb32_in1k.py 4

mmpretrain measured the figures on weights that it had converted; no result of training with this
schedule is published.
"""

_base_ = [
    "../../../_base_/models/cls/hrnet_imagenet.py",
    "../../../_base_/datasets/cls/imagenet_224.py",
    "../../../_base_/schedules/cls/imagenet_mmpretrain.py",
    "../../../_base_/cls/default_runtime.py",
]

model = dict(
    backbone=dict(arch="w48"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(48, 96, 192, 384)),
        dict(type="GlobalAveragePooling"),
    ],
)
