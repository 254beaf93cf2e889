"""HRNet-W40 on ImageNet, with the official recipe.

Reproduces: top-1 78.9, top-5 94.5 on val (README of HRNet-Image-Classification; top-1 78.9, top-5
            94.4 in Wang et al. 2020, table 15).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh configs/cls/imagenet/official/hrnet-w40_4xb32-100e_in1k.py 4
"""

_base_ = [
    "../../../_base_/models/cls/hrnet_imagenet.py",
    "../../../_base_/datasets/cls/imagenet_224.py",
    "../../../_base_/schedules/cls/imagenet_official.py",
    "../../../_base_/cls/default_runtime.py",
]

model = dict(
    backbone=dict(arch="w40"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(40, 80, 160, 320)),
        dict(type="GlobalAveragePooling"),
    ],
)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml
