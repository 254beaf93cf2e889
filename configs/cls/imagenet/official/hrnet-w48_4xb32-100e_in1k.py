"""HRNet-W48 on ImageNet, with the official recipe.

Reproduces: top-1 79.3, top-5 94.5 on val (README of HRNet-Image-Classification).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/official/hrnet-w48_4xb32-100e_in1k.py 4
"""

_base_ = [
    "../../../_base_/models/cls/hrnet_imagenet.py",
    "../../../_base_/datasets/cls/imagenet_224.py",
    "../../../_base_/schedules/cls/imagenet_official.py",
    "../../../_base_/cls/default_runtime.py",
]

model = dict(
    backbone=dict(arch="w48"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(48, 96, 192, 384)),
        dict(type="GlobalAveragePooling"),
    ],
)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml
